package identity_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"balai/internal/domain/identity"
	"balai/internal/spine/directory"
	"balai/internal/spine/locale"
)

// admin is a browser in which the hall's first administrator has come in.
func (r *rig) admin() *browser {
	r.t.Helper()
	link, err := r.Invite(r.t.Context(), "Puan Zaleha", identity.AdminRole)
	if err != nil {
		r.t.Fatal(err)
	}
	b := r.browser()
	if w := b.post(strings.TrimPrefix(link, base), nil); w.Code != 303 {
		r.t.Fatalf("come in: %d", w.Code)
	}
	return b
}

func (b *browser) upload(files ...string) *httptest.ResponseRecorder {
	b.r.t.Helper()
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	for i := 0; i+1 < len(files); i += 2 {
		f, err := m.CreateFormFile("files", files[i])
		if err != nil {
			b.r.t.Fatal(err)
		}
		if _, err := f.Write([]byte(files[i+1])); err != nil {
			b.r.t.Fatal(err)
		}
	}
	if err := m.Close(); err != nil {
		b.r.t.Fatal(err)
	}
	return b.do("POST", "/admin/import", m.FormDataContentType(), body.String())
}

var hidden = regexp.MustCompile(`name="(upload|digest)" value="([^"]*)"`)

func confirmation(w *httptest.ResponseRecorder) url.Values {
	form := url.Values{}
	for _, m := range hidden.FindAllStringSubmatch(w.Body.String(), -1) {
		form.Set(m[1], m[2])
	}
	return form
}

func all() []string {
	var files []string
	for _, kind := range []string{directory.KindAgency, directory.KindUnit, directory.KindPost, directory.KindPerson} {
		files = append(files, kind+".csv", string(directory.Template(kind)))
	}
	return files
}

// An empty hall becomes a working one: import, invite, come in.
func TestImportThenInvite(t *testing.T) {
	each(t, nil, func(t *testing.T, r *rig) {
		b := r.admin()
		w := b.upload(all()...)
		if w.Code != 200 || !strings.Contains(w.Body.String(), "Nik Azman bin Nik Ismail") {
			t.Fatalf("preview: %d", w.Code)
		}
		form := confirmation(w)
		if page := b.get("/admin/officers").Body.String(); strings.Contains(page, "Nik Azman") {
			t.Fatal("the preview changed the directory")
		}
		// Another administrator's browser cannot confirm it.
		if w := r.admin().post("/admin/import/confirm", form); w.Code != http.StatusConflict {
			t.Errorf("another's upload: %d", w.Code)
		}
		b = r.admin() // the post is held by one person: the second invitation took it over
		w = b.upload(all()...)
		form = confirmation(w)
		if w := b.post("/admin/import/confirm", form); w.Code != 303 {
			t.Fatalf("confirm: %d %s", w.Code, w.Body)
		}
		if w := b.post("/admin/import/confirm", form); w.Code != http.StatusConflict {
			t.Errorf("confirmed twice: %d", w.Code)
		}
		if page := b.upload(all()...).Body.String(); strings.Contains(page, `name="digest"`) {
			t.Error("the same files again would change something")
		}
		if w := b.get("/admin"); w.Code != 200 || !strings.Contains(w.Body.String(), `href="/admin/officers"`) {
			t.Errorf("/admin: %d", w.Code)
		}
		for q, there := range map[string]bool{"nik+AZ": true, "azman+nobody": false} {
			if page := b.get("/admin/officers?q=" + q).Body.String(); strings.Contains(page, "Nik Azman") != there {
				t.Errorf("asked for %s, Nik Azman is listed: %v", q, !there)
			}
		}
		w = b.post("/admin/officers/invite", url.Values{"person": {"nik-azman"}, "post": {"jpn-03-reg"}})
		link := regexp.MustCompile(regexp.QuoteMeta(base) + `/invite/[\w-]+`).FindString(w.Body.String())
		if w.Code != 200 || link == "" {
			t.Fatalf("invite: %d", w.Code)
		}
		officer := r.browser()
		if w := officer.post(strings.TrimPrefix(link, base), nil); w.Code != 303 || officer.person() != "nik-azman" {
			t.Fatalf("the officer comes in: %d as %q", w.Code, officer.person())
		}
		for _, wrong := range []url.Values{{"person": {"nik-azman"}, "post": {identity.AdminPost}}, {"person": {"nobody"}, "post": {"jpn-03-reg"}}, {}} {
			if w := b.post("/admin/officers/invite", wrong); w.Code != 404 {
				t.Errorf("invite %v: %d", wrong, w.Code)
			}
		}
	})
}

// A post that nobody holds is on the list, and who is invited to it holds it
// once they have come in, unless somebody else was put there before.
func TestVacantPosts(t *testing.T) {
	each(t, nil, func(t *testing.T, r *rig) {
		b := r.admin()
		for _, id := range []string{"jpn-03-clerk", "jpn-03-porter"} {
			r.post(directory.Post{ID: id, Unit: "jpn", Role: "jpn/" + id[7:], Title: locale.Text{MS: "Kerani " + id, EN: "Clerk " + id}}, "")
		}
		for lang, says := range map[string][]string{"ms": {"2 kosong", "Kosong", "Lantik"}, "en": {"2 vacant", "Vacant", "Appoint"}} {
			b.cookies["balai_lang"] = lang
			page := b.get("/admin/officers?q=" + strings.ToLower(says[1])).Body.String()
			for _, part := range append(says, `href="/admin/officers/appoint?post=jpn-03-clerk"`) {
				if !strings.Contains(page, part) || strings.Contains(page, `action="/admin/officers/invite"`) {
					t.Errorf("%s: the vacant posts lack %q, or have somebody", lang, part)
				}
			}
			page = b.get("/admin/officers/appoint?post=jpn-03-clerk").Body.String()
			if strings.Contains(page, "⟦") || !strings.Contains(page, "jpn-03-clerk") {
				t.Errorf("%s: %s", lang, page)
			}
		}
		link := regexp.MustCompile(regexp.QuoteMeta(base) + `/invite/[\w-]+`)
		appoint := func(post, name string) string {
			w := b.post("/admin/officers/appoint", url.Values{"post": {post}, "name": {name}})
			if w.Code != 200 {
				t.Fatalf("%s to %s: %d", name, post, w.Code)
			}
			return strings.TrimPrefix(link.FindString(w.Body.String()), base)
		}
		first, late := appoint("jpn-03-clerk", "Puan Aida"), appoint("jpn-03-clerk", "Encik Lambat")
		if page := b.get("/admin/officers").Body.String(); strings.Contains(page, "Puan Aida") {
			t.Error("who has not come in holds the post")
		}
		r.clock.Advance(time.Minute)
		if w := r.browser().post(first, nil); w.Code != 303 {
			t.Fatalf("come in: %d", w.Code)
		}
		if page := b.get("/admin/officers").Body.String(); !strings.Contains(page, "Puan Aida") || strings.Contains(page, "appoint?post=jpn-03-clerk") || !strings.Contains(page, "appoint?post=jpn-03-porter") {
			t.Error("who has come in does not hold the post")
		}
		if w := r.browser().post(late, nil); w.Code != 404 || !strings.Contains(b.get("/admin/officers").Body.String(), "Puan Aida") {
			t.Errorf("an older link takes the post: %d", w.Code)
		}
		for want, form := range map[int]url.Values{
			409: {"post": {"jpn-03-clerk"}, "name": {"Encik Dua"}}, 422: {"post": {"jpn-03-porter"}, "name": {" "}}, 404: {"post": {"none"}, "name": {"Encik Dua"}},
		} {
			if w := b.post("/admin/officers/appoint", form); w.Code != want {
				t.Errorf("%v: %d, not %d", form, w.Code, want)
			}
		}
	})
}

func TestImportRefused(t *testing.T) {
	each(t, nil, func(t *testing.T, r *rig) {
		b := r.admin()
		for name, c := range map[string]struct {
			files []string
			want  int
			says  string
		}{
			"nothing":       {nil, 422, "Pilih sekurang-kurangnya"},
			"an empty file": {[]string{"a.csv", ""}, 422, "Pilih sekurang-kurangnya"},
			"not a sheet":   {[]string{"a.csv", "hello,world\n1,2\n"}, 422, "hello, world"},
			"a formula":     {[]string{"agency.csv", "id,name_ms,name_en,level,state,site\njpn,=HYPERLINK(1),JPN,federal,,\n"}, 422, "formula"},
			"no agency":     {[]string{"unit.csv", string(directory.Template(directory.KindUnit))}, 422, "jpn"},
			"huge":          {[]string{"a.csv", strings.Repeat("x", 10<<20)}, 413, ""},
			"many files":    {[]string{"1", "x", "2", "x", "3", "x", "4", "x", "5", "x", "6", "x", "7", "x", "8", "x", "9", "x"}, 422, "8"},
		} {
			w := b.upload(c.files...)
			if w.Code != c.want || !strings.Contains(w.Body.String(), c.says) {
				t.Errorf("%s: %d", name, w.Code)
			}
			if strings.Contains(w.Body.String(), `name="digest"`) {
				t.Errorf("%s: can be confirmed", name)
			}
		}
		if w := b.do("POST", "/admin/import", "text/plain", "x"); w.Code != 422 {
			t.Errorf("not a form: %d", w.Code)
		}
		// What was shown is what is done, or nothing.
		w := b.upload(all()...)
		form := confirmation(w)
		form.Set("digest", strings.Repeat("0", 64))
		if w := b.post("/admin/import/confirm", form); w.Code != http.StatusConflict {
			t.Errorf("another digest: %d", w.Code)
		}
		form = confirmation(w)
		r.clock.Advance(2 * time.Hour)
		if w := b.post("/admin/import/confirm", form); w.Code != http.StatusConflict {
			t.Errorf("two hours later: %d", w.Code)
		}
		if page := b.get("/admin/officers").Body.String(); strings.Contains(page, "Nik Azman") {
			t.Error("something was imported")
		}
	})
}

// Nobody but the hall's administrator imports.
func TestImportIsTheAdministrators(t *testing.T) {
	each(t, demo{}, func(t *testing.T, r *rig) {
		r.post(directory.Post{ID: "a-reg", Unit: "jpn", Role: "jpn/registration-officer"}, "farid")
		for _, who := range []string{"aisyah", "farid"} {
			b := r.browser()
			b.signIn(who)
			for _, path := range []string{"/admin/import", "/admin/officers", "/admin/officers/appoint?post=a-reg", "/admin/import/template/agency"} {
				if w := b.get(path); w.Code != http.StatusForbidden {
					t.Errorf("%s reads %s: %d", who, path, w.Code)
				}
			}
			if w := b.upload(all()...); w.Code != http.StatusForbidden {
				t.Errorf("%s uploads: %d", who, w.Code)
			}
			if w := b.post("/admin/officers/invite", url.Values{"person": {"farid"}, "post": {"a-reg"}}); w.Code != http.StatusForbidden {
				t.Errorf("%s invites: %d", who, w.Code)
			}
		}
		if w := r.browser().get("/admin/import"); w.Code != 303 {
			t.Errorf("signed out: %d", w.Code)
		}
	})
}

func TestImportPagesHaveEverySentence(t *testing.T) {
	each(t, nil, func(t *testing.T, r *rig) {
		b := r.admin()
		for _, lang := range []string{"ms", "en"} {
			b.cookies["balai_lang"] = lang
			pages := map[string]string{
				"form": b.get("/admin/import").Body.String(), "done": b.get("/admin/import?done=1").Body.String(), "officers": b.get("/admin/officers").Body.String(),
				"preview": b.upload(all()...).Body.String(), "problems": b.upload("unit.csv", string(directory.Template(directory.KindUnit))).Body.String(),
				"nothing": b.upload().Body.String(),
			}
			for name, page := range pages {
				if strings.Contains(page, "⟦") || !strings.Contains(page, `<html lang="`+lang+`"`) {
					t.Errorf("%s in %s lacks a sentence", name, lang)
				}
				if strings.Count(page, "<table") != strings.Count(page, `class="b-scroll"`) {
					t.Errorf("%s in %s has a table that a narrow screen cannot scroll", name, lang)
				}
			}
		}
	})
}
