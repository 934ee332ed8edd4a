package app

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"balai/internal/domain/identity/op"
	"balai/internal/domain/protection"
	"balai/internal/spine/casework"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
)

// Who is named in an order does not read, in their own list, who helps the
// protected person: a helper's organisation may be a shelter.
func TestNamedPersonLearnsNoHelper(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.gets(http.StatusSeeOther, "m1", "POST", "/me/mandates", url.Values{"to": {"nadi"}, "days": {"30"}, "services": {birth}})
		r.gets(http.StatusSeeOther, helper, "POST", "/acting/start", url.Values{"mandate": {r.mandate("m1")}})
		s := r.submission("m1", birth, "helped", map[string]any{"child_name": "Nur Imani", "late_reason": "Ibu sakit."})
		a, err := r.sessions.Resolve(t.Context(), r.as("aini", "aini-post"))
		r.must(err)
		s.By = a
		_, err = r.Hall.service.Submit(t.Context(), s)
		r.must(err)
		r.protect()
		for _, page := range []string{"/api/v1/me/looks?limit=200", "/me/looks", "/"} {
			his, hers := r.ask("f1", "GET", page, nil).body, r.ask("m1", "GET", page, nil).body
			if !strings.Contains(hers, "NADI Kangar") && !strings.Contains(hers, `"nadi"`) {
				t.Fatalf("%s does not tell her who helped: this test would prove nothing", page)
			}
			for _, tells := range []string{"aini", "nadi", "NADI", `"for":`, fullName(1)} {
				if strings.Contains(his, tells) {
					t.Errorf("%s tells him %q", page, tells)
				}
			}
		}
	})
}

// The owner of a register does not read where a protected person was in what
// they say is wrong, nor in their own words.
func TestSealedDispute(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		f := r.filled("m1", "Nur Imani")
		f, err := r.service().Dispute(t.Context(), citizen("m1"), f, "birth_notice.hospital", "Klinik Rahsia Tumpat", "Saya bersalin di Tumpat.")
		r.must(err)
		page := "/desk/" + f.Draft.Disputed[0].Ref
		hidden := []string{"Zainab", "Rahsia", "bersalin di Tumpat"} // the page marks words that differ
		for _, word := range hidden {
			if !strings.Contains(r.gets(http.StatusOK, "ward/post", "GET", page, nil).body, word) {
				t.Fatalf("an ordinary dispute lacks %q: this test would prove nothing", word)
			}
		}
		r.protect()
		for _, word := range hidden {
			if strings.Contains(r.gets(http.StatusOK, "ward/post", "GET", page, nil).body, word) {
				t.Errorf("the page tells %q", word)
			}
		}
	})
}

// Whom an order names does not lift it, opens no case of the person, and has
// none opened; kin are not told that there is an order.
func TestOrderAgainstAnOfficer(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		ref := r.born("m1").Ref
		named, salmah := r.officer("shield"), r.officer("salmah")
		named.Person = "f2" // sits in the post, and is no kin
		order, err := r.protection.Make(context.Background(), r.officer("shield"), protection.Ordering{Number: number(1), Kind: protection.Witness,
			Court: "AG 4/2026", Reason: "Saksi dalam perbicaraan.", Against: []string{"920817-00-0005"}})
		r.must(err)
		r.code(r.protection.Lift(context.Background(), named, order.ID, "Perintah dibatalkan oleh mahkamah."), fault.Denied)

		asked, err := r.protection.Ask(context.Background(), salmah, ref, "Tempat lahir perlu disahkan.")
		r.must(err)
		r.code(r.protection.Decide(context.Background(), named, asked.ID, true, "Perlu untuk mendaftar."), fault.Denied)
		r.must(r.protection.Decide(context.Background(), r.officer("shield"), asked.ID, true, "Perlu untuk mendaftar."))

		salmah.Person = "f2"
		asked, err = r.protection.Ask(context.Background(), salmah, ref, "Tempat lahir perlu disahkan.")
		r.must(err)
		r.code(r.protection.Decide(context.Background(), r.officer("shield"), asked.ID, true, "Perlu untuk mendaftar."), fault.Denied)
		r.must(r.protection.Decide(context.Background(), r.officer("shield"), asked.ID, false, "Tidak perlu untuk mendaftar."))
		sealed := false
		r.read(func(tx *db.Tx) (err error) { sealed, err = r.protection.Sealed(tx, salmah, r.get(ref)); return err })
		r.wants("sealed to whom the order names", sealed, true)
		r.state(ref, casework.Checking)
		_, err = r.try(salmah, ref, casework.Check, map[string]any{"finding": "in_order"})
		r.code(err, fault.Denied) // nor does who is named work on the case

		later := r.officer("salmah") // the case is opened to them, then an order names them
		later.Person = "f6"
		asked, err = r.protection.Ask(context.Background(), later, ref, "Tempat lahir perlu disahkan.")
		r.must(err)
		r.must(r.protection.Decide(context.Background(), r.officer("shield"), asked.ID, true, "Perlu untuk mendaftar."))
		for _, want := range []bool{false, true} {
			r.read(func(tx *db.Tx) (err error) { sealed, err = r.protection.Sealed(tx, later, r.get(ref)); return err })
			r.wants("sealed", sealed, want)
			if !want {
				_, err = r.protection.Make(context.Background(), r.officer("shield"), protection.Ordering{Number: number(1), Kind: protection.Witness,
					Court: "AG 5/2026", Reason: "Saksi dalam perbicaraan.", Against: []string{"920817-00-0013"}})
				r.must(err)
			}
		}

		who := r.kin()
		r.gets(http.StatusForbidden, who, "GET", "/desk/"+ref+"/protected", nil)
		r.gets(http.StatusForbidden, who, "POST", "/desk/"+ref+"/protected", url.Values{"reason": {"Tempat lahir perlu disahkan."}})
	})
}

// A program that a protected person signs in to, or by which somebody acts for
// them, learns nothing of where they are or how they are reached.
func TestProtectedFromPrograms(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		claims := func() (out map[string]any, hidden bool) {
			r.read(func(tx *db.Tx) (err error) {
				if out, err = (persons{r.Hall}).Claims(tx, "m1", op.PersonScopes); err == nil {
					hidden, err = persons{r.Hall}.Hidden(tx, "m1")
				}
				return err
			})
			return out, hidden
		}
		r.must(r.db.Write(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec(`update register_person set phone = '+60123456789' where id = 'm1'`)
			return err
		}))
		locating := []string{"address", "email", "phone_number"}
		before, hidden := claims()
		for _, c := range locating {
			if before[c] == nil || hidden {
				t.Fatalf("%s is not told at all: this test would prove nothing: %v", c, before)
			}
		}
		order := r.protect()
		after, hidden := claims()
		r.wants("hidden", hidden, true)
		for c := range before {
			if told := after[c] != nil; told == slices.Contains(append(locating, "email_verified"), c) {
				t.Errorf("%s told: %t", c, told)
			}
		}
		r.must(r.protection.Lift(context.Background(), r.officer("shield"), order.ID, "Perintah dibatalkan oleh mahkamah."))
		after, _ = claims()
		r.wants("when it was lifted", len(after), len(before))
	})
}

// Whoever has only a certificate's code learns nothing of a protected person,
// and a sealed case gives no code away.
func TestSealedCertificate(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		code := map[string]string{}
		for _, mother := range []string{"m1", "m2"} {
			ref := r.born(mother).Ref
			r.check(ref)
			r.act(r.officer("rahman"), ref, casework.Decide, map[string]any{"verdict": "approve", "reasons": "Lengkap."})
			r.drain()
			code[ref] = r.paper(ref).Code
			if !r.paper(ref).Ready {
				t.Fatalf("%s: %+v", ref, r.paper(ref))
			}
		}
		names := func(ref string) (out []bool) {
			t.Helper()
			for _, path := range []string{"/desk/", "/api/v1/cases/", "/letters/case/"} {
				out = append(out, strings.Contains(r.gets(http.StatusOK, "rahman/rahman-post", "GET", path+ref, nil).body, code[ref]))
			}
			for _, path := range []string{"/verify/", "/api/v1/verify/"} {
				out = append(out, strings.Contains(r.gets(http.StatusOK, "", "GET", path+code[ref], nil).body, "Nur Imani"))
			}
			return out
		}
		for ref := range code {
			if slices.Contains(names(ref), false) {
				t.Fatalf("%s: %v without an order: this test would prove nothing", ref, names(ref))
			}
		}
		r.protect()
		for ref := range code {
			hers := r.get(ref).Applicant == "m1"
			if got := names(ref); slices.Contains(got, hers) {
				t.Errorf("desk, API, letters, check, its API: %v, of a protected mother: %t", got, hers)
			}
		}
	})
}
