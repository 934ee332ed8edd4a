package app

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/jpeg"
	"image/png"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"balai/catalogue"
	"balai/internal/domain/service"
	"balai/internal/spine/actor"
	"balai/internal/spine/casework"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
)

// picture is a small image.
func picture(t *testing.T, kind string) []byte {
	t.Helper()
	var b bytes.Buffer
	img := image.NewGray(image.Rect(0, 0, 8, 8))
	err := jpeg.Encode(&b, img, nil)
	if kind == "png" {
		b.Reset()
		err = png.Encode(&b, img)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// huge says of itself that it has 50 million pixels.
func huge(t *testing.T) []byte {
	data := picture(t, "png")
	binary.BigEndian.PutUint32(data[16:], 10000)
	binary.BigEndian.PutUint32(data[20:], 5000)
	binary.BigEndian.PutUint32(data[29:], crc32.ChecksumIEEE(data[12:29]))
	return data
}

// hugeJPEG says in its frame header that it has 50 million pixels.
func hugeJPEG(t *testing.T) []byte {
	data := picture(t, "jpeg")
	at := bytes.Index(data, []byte{0xff, 0xc0})
	if at < 0 {
		t.Fatal("the picture has no frame header")
	}
	binary.BigEndian.PutUint16(data[at+5:], 5000)
	binary.BigEndian.PutUint16(data[at+7:], 10000)
	return data
}

// zipped is n zero bytes that weigh next to nothing.
func zipped(t *testing.T, n int) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create("a.pdf")
	if err == nil {
		_, err = w.Write(make([]byte, n))
	}
	if err = errors.Join(err, z.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestUploads(t *testing.T) {
	pdf := []byte("%PDF-1.4\n1 0 obj\n<< >>\nendobj\n%%EOF\n")
	each(t, func(t *testing.T, r *rig) {
		answers := map[string]any{"child_name": "Adam", "born_on": "2026-11-18", "birth_state": "MY-03", "birth_place": "Kampung Laut", "child_sex": "male"}
		send := func(files ...any) reply {
			return r.ask("m3", "POST", "/api/v1/services/"+birth+"/applications", map[string]any{"answers": answers,
				"files": map[string]any{"birth_statement": files, "unknown_paper": []any{map[string]any{"name": "x", "base64": pdf}}}}, "Idempotency-Key", "k"+r.ids.New())
		}
		file := func(name string, data []byte) any {
			return map[string]any{"name": name, "type": "application/pdf", "base64": data}
		}
		for name, bad := range map[string][]byte{
			"svg":        []byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`),
			"html":       []byte("<!doctype html><script>alert(1)</script>"),
			"polyglot":   []byte("<html><!--\n%PDF-1.4\n--><script>alert(1)</script>\n%%EOF"),
			"empty":      {},
			"zip":        []byte("PK\x03\x04aaaaaaaaaaaaaaaaaaaaaaaa"),
			"gif":        []byte("GIF89a\x01\x00\x01\x00\x00\x00\x00;"),
			"too big":    append(bytes.Clone(pdf), make([]byte, 10<<20)...),
			"megapixels": huge(t),
			"huge jpeg":  hugeJPEG(t),
			"pdf in svg": []byte("<svg xmlns=\"http://www.w3.org/2000/svg\">%PDF-1.7\n<script>alert(1)</script></svg>"),
			"jpeg name":  []byte("\xff\xd8\xff\xe0<script>alert(1)</script>"),
			"zip bomb":   zipped(t, 64<<20),
			"torn":       picture(t, "png")[:20],
		} {
			if got := send(file("a.pdf", bad)); got.StatusCode != 422 || !strings.Contains(got.body, "files.birth_statement") {
				t.Errorf("%s: %d %.300s", name, got.StatusCode, got.body)
			}
		}
		if got := send(file("a.pdf", pdf), file("b.pdf", pdf)); got.StatusCode != 422 {
			t.Errorf("two files for one: %d %.300s", got.StatusCode, got.body)
		}
		r.wants("cases", r.count(`select count(*) from casework_case`), 0)
		got := send(file("..\\..\\etc/pass\u202ewd\x01.exe", picture(t, "jpeg")))
		if got.StatusCode != 201 {
			t.Fatal(got.body)
		}
		ref := got.json(t)["ref"].(string)
		kept := r.gets(200, "m3", "GET", "/case/"+ref+"/file/birth_statement.0", nil)
		r.wants("type is the content's", kept.Header.Get("Content-Type"), "image/jpeg")
		r.wants("name", kept.Header.Get("Content-Disposition"), `attachment; filename="passwd.exe"`)
		if !bytes.Equal([]byte(kept.body), picture(t, "jpeg")) {
			t.Error("the file came back changed")
		}
		r.gets(404, "m0", "GET", "/case/"+ref+"/file/birth_statement.0", nil)
		r.act(citizen("m3"), ref, casework.Withdraw, nil)
		dots := send(file("../..", pdf)).json(t)["ref"].(string)
		kept = r.gets(200, "m3", "GET", "/case/"+dots+"/file/birth_statement.0", nil)
		r.wants("a name of dots", kept.Header.Get("Content-Disposition"), `attachment; filename="fail"`)
		r.gets(404, "m3", "GET", "/case/"+ref+"/file/unknown_paper.0", nil)
	})
}

// A form's upload stays with its draft, and bad ones keep the page.
func TestUploadOnThePage(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.gets(303, "m3", "GET", applyPath, nil)
		r.gets(303, "m3", "POST", applyPath+"/held", url.Values{})
		r.gets(303, "m3", "POST", applyPath+"/child-name", url.Values{"child_name": {"Adam"}})
		r.gets(303, "m3", "POST", applyPath+"/birth-date", url.Values{"born_on-day": {"18"}, "born_on-month": {"11"}, "born_on-year": {"2026"}})
		r.gets(303, "m3", "POST", applyPath+"/birth-place", url.Values{"birth_state": {"MY-03"}, "birth_place": {"Kampung Laut"}})
		r.gets(303, "m3", "POST", applyPath+"/birth-sex", url.Values{"child_sex": {"male"}})
		page := applyPath + "/birth-statement"
		r.gets(422, "m3", "POST", page, &post{})
		r.gets(422, "m3", "POST", page, &post{files: []upload{{"birth_statement", "a.pdf", []byte("<svg/>")}}})
		r.gets(303, "m3", "POST", page, &post{files: []upload{{"birth_statement", "a.png", picture(t, "png")}}})
		got := r.gets(303, "m3", "POST", page, &post{}) // it is there from before
		r.wants("onward", got.Header.Get("Location"), applyPath+"/review")
		if got := r.gets(200, "m3", "GET", applyPath+"/review", nil); !strings.Contains(got.body, "a.png") {
			t.Error("the review does not name the file")
		}
		r.lostFile(page)
	})
}

// lostFile: what was uploaded is changed on the disk before it is sent. Nothing
// is sent, the person is told which file, and the same file mends it.
func (r *rig) lostFile(page string) {
	r.t.Helper()
	f, err := r.service().Open(context.Background(), citizen("m3"), birth)
	r.must(err)
	sha := f.Draft.Files["birth_statement"][0].SHA
	if r.db.Engine() == "postgres" { // where the store is a table
		r.write(func(tx *db.Tx) error {
			_, err := tx.Exec("update blob_object set data = $2 where sha = $1", sha, []byte("torn"))
			return err
		})
	} else {
		r.must(os.WriteFile(filepath.Join(r.cfg.Get("data"), "blob", sha[:2], sha), []byte("torn"), 0o600))
	}
	send := url.Values{"draft": {f.Draft.ID}}
	for _, l := range []string{"Nothing was sent", "belum dihantar"} {
		lang := map[bool]string{true: "en", false: "ms"}[l == "Nothing was sent"]
		got := r.gets(422, "m3", "POST", applyPath+"/review", send, "Accept-Language", lang)
		if !strings.Contains(got.body, "a.png") || !strings.Contains(got.body, l) {
			r.t.Errorf("in %s the page does not say which file is lost", lang)
		}
	}
	r.wants("cases", r.count(`select count(*) from casework_case`), 0)
	r.gets(303, "m3", "POST", page, &post{files: []upload{{"birth_statement", "a.png", picture(r.t, "png")}}})
	r.gets(303, "m3", "POST", applyPath+"/review", send)
	r.wants("cases", r.count(`select count(*) from casework_case`), 1)
}

// --- releases

var team = actor.Actor{Person: "team", Post: "team-post", Role: "jpn/service-team", Agency: "jpn"}

// edited is the catalogue with a text replaced in a file.
func edited(t *testing.T, file, old, new string) fs.FS {
	t.Helper()
	out := fstest.MapFS{}
	err := fs.WalkDir(catalogue.FS, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(catalogue.FS, path)
		if path == file {
			if !bytes.Contains(data, []byte(old)) {
				t.Fatalf("%s has no %q", file, old)
			}
			data = bytes.Replace(data, []byte(old), []byte(new), 1)
		}
		out[path] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

const birthFile = birth + "/service.yaml"

func TestReleases(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		ctx := context.Background()
		first, err := r.service().Current(birth)
		r.must(err)
		digest := first.Def.Digest
		f := r.filled("m0", "Nur Imani")
		old := r.born("m1")

		next := edited(t, birthFile, "within_working_days: \"has_notice ? 1 : 3\"", "within_working_days: \"has_notice ? 9 : 9\"")
		second, err := r.service().Publish(ctx, next, birth, "Longer.", "test", team)
		r.must(err)
		r.wants("number", second.Number, first.Number+1)
		_, err = r.service().Publish(ctx, next, birth, "Again.", "test", team)
		r.code(err, fault.Conflict)

		r.wants("running case", r.get(old.Ref).Release, first.Name())
		f, err = r.service().Open(ctx, citizen("m0"), birth)
		r.must(err)
		if f.Release.Number != first.Number || !f.Newer {
			t.Fatalf("the draft went on with release %d, newer %v", f.Release.Number, f.Newer)
		}
		if got := r.gets(200, "m0", "GET", "/me", nil); !strings.Contains(got.body, "your draft keeps the version") {
			t.Error("the draft does not say that its form is an older one")
		}
		rec, err := r.service().Send(ctx, citizen("m0"), f.Draft.ID)
		r.must(err)
		r.wants("case of the draft", r.get(rec.Ref).Release, first.Name())
		fresh := r.get(r.born("m2").Ref)
		r.wants("a new one", fresh.Release, second.Name())
		r.wants("its budget", fresh.BudgetDays, 10)
		r.wants("the running one's", r.get(old.Ref).BudgetDays, 2)

		third, err := r.service().Rollback(ctx, birth, first.Number, "It took too long.", team)
		r.must(err)
		r.wants("rollback", third.Def.Digest, digest)
		r.wants("its number", third.Number, first.Number+2)
		_, err = r.service().Rollback(ctx, birth, 99, "", team)
		r.code(err, fault.Missing)
		// Whoever starts again on the same data has the same releases.
		var before, after []string
		for _, rel := range r.service().Releases(birth) {
			before = append(before, rel.Name()+rel.Def.Digest)
		}
		again := service.New(r.service().Deps)
		r.must(again.Load(ctx, catalogue.FS))
		for _, rel := range again.Releases(birth) {
			after = append(after, rel.Name()+rel.Def.Digest)
		}
		r.wants("releases after a restart", after, before)
		r.approve(old.Ref)
		r.drain()
		r.state(old.Ref, casework.Issued)
	})
}

func TestABrokenFolderIsNeverReleased(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		ctx := context.Background()
		before, err := r.service().Current(birth)
		r.must(err)
		for name, broken := range map[string]fs.FS{
			"expression": edited(t, birthFile, `when: "place == 'sarawak'"`, `when: "plaec == 'sarawak'"`),
			"yaml":       edited(t, birthFile, "phase: live", "phase: [live"),
			"language":   edited(t, birthFile, "en: Register a birth", `en: ""`),
			"once":       edited(t, birthFile, "  once: ", "  says: "),
		} {
			if _, err := r.service().Publish(ctx, broken, birth, "", "test", team); fault.CodeOf(err) != fault.Invalid {
				t.Errorf("%s: %v", name, err)
			}
		}
		_, err = r.service().Publish(ctx, catalogue.FS, "jpn/no-such-service", "", "test", team)
		r.code(err, fault.Missing)
		now, err := r.service().Current(birth)
		r.must(err)
		r.wants("release", now.Name()+now.Def.Digest, before.Name()+before.Def.Digest)
		r.wants("rows", r.count(`select count(*) from service_release where service=$1`, birth), 1)
	})
}

// A retired service takes nothing new; who has begun finishes.
func TestRetired(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		ctx := context.Background()
		f := r.filled("m0", "Nur Imani")
		_, err := r.service().Publish(ctx, edited(t, birthFile, "phase: live", "phase: retired"), birth, "Over.", "test", team)
		r.must(err)
		_, err = r.service().Start(ctx, citizen("m4"), birth)
		r.code(err, fault.Conflict)
		_, err = r.apply("m4", birth, "k", map[string]any{"child_name": "Nur"})
		r.code(err, fault.Conflict)
		again, err := r.service().Start(ctx, citizen("m0"), birth)
		r.must(err)
		r.wants("draft", again.Draft.ID, f.Draft.ID)
		_, err = r.service().Send(ctx, citizen("m0"), f.Draft.ID)
		r.must(err)
	})
}

func TestDraftsEndAnnounced(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		ctx := context.Background()
		f := r.filled("m0", "Nur Imani")
		day := func(n int) []string {
			r.now.Set(morning.AddDate(0, 0, n))
			r.must(r.service().SweepDrafts(ctx))
			r.must(r.service().SweepDrafts(ctx)) // twice is as good as once
			return r.inbox("m0")
		}
		r.wants("after three weeks", day(21), []string{})
		r.wants("after 26 days", day(26), []string{"draft"})
		// Who goes on has thirty days more, and is told again.
		f, err := r.service().Open(ctx, citizen("m0"), birth)
		r.must(err)
		page, _ := f.Release.Def.Form.Page("child-name")
		_, err = r.service().Save(ctx, f, page, map[string]any{"child_name": "Nur Iman"}, nil, 0)
		r.must(err)
		r.wants("after 50 days", day(50), []string{"draft"})
		_, err = r.service().Open(ctx, citizen("m0"), birth)
		r.must(err)
		// The hall stood still over the end: the draft is kept till it was said.
		r.wants("after 60 days", day(60), []string{"draft", "draft"})
		_, err = r.service().Open(ctx, citizen("m0"), birth)
		r.must(err)
		day(64)
		_, err = r.service().Open(ctx, citizen("m0"), birth)
		r.code(err, fault.Missing)
		r.wants("what it held", r.text(`select answers from service_draft`), "{}")
		_, err = r.service().Send(ctx, citizen("m0"), f.Draft.ID)
		r.code(err, fault.Conflict)
	})
}
