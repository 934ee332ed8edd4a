package app

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"balai/internal/domain/service"
	"balai/internal/spine/casework"
)

// TestBackEndDown: the store of a certificate's file does not answer. The
// person has the decision and the receipt at once, and a page that says what is
// still to come. Nothing is lost, and nobody has to ask for it again.
func TestBackEndDown(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		mend := r.breakStore()
		rec := r.born("m0")
		r.wants("decided", rec.State, casework.Approved)
		r.gets(200, "m0", "GET", "/case/"+rec.Ref+"/receipt.json", nil)
		if err := r.outbox.Drain(context.Background()); err == nil {
			t.Fatal("the store is down and nobody noticed")
		}
		r.state(rec.Ref, casework.Approved)
		for lang, says := range map[string]string{"en": "Your document is being made.", "ms": "Dokumen sedang disediakan."} {
			if page := r.gets(200, "m0", "GET", "/case/"+rec.Ref, nil, "Accept-Language", lang); !strings.Contains(page.body, says) {
				t.Errorf("the page in %s does not say that the document is still to come", lang)
			}
		}
		if got := r.inbox("m0"); slices.Contains(got, "issued") {
			t.Errorf("a document that is not there was announced: %v", got)
		}
		mend()
		r.now.Advance(time.Hour)
		r.drain()
		r.state(rec.Ref, casework.Issued)
		r.wants("certificates", r.count(`select count(*) from certificate_certificate`), 1)
		if page := r.gets(200, "m0", "GET", "/case/"+rec.Ref, nil); strings.Contains(page.body, "is being made") {
			t.Error("the document is there and the page says that it is still being made")
		}
	})
}

// TestHeldValuesNameTheirSource: each value that the state holds has its
// register and its day, and the person can say that it is wrong; each that is
// filled into an application names its legal basis too.
func TestHeldValuesNameTheirSource(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		var out struct {
			Held []service.HeldOut `json:"held"`
		}
		r.must(json.Unmarshal([]byte(r.gets(200, "m0", "GET", "/api/v1/me/held", nil).body), &out))
		if len(out.Held) < 5 {
			t.Fatalf("%d values are held", len(out.Held))
		}
		page := r.gets(200, "m0", "GET", "/me/held", nil).body
		for _, f := range out.Held {
			if f.Register.Empty() || f.Agency == "" || f.Version == 0 || !strings.HasPrefix(f.AsOf, "20") {
				t.Errorf("%s does not tell where it comes from: %+v", f.Field, f)
			}
			if !strings.Contains(page, "wrong/"+f.Field) {
				t.Errorf("%s: no way to say that it is wrong", f.Field)
			}
		}
		f := r.filled("m0", "Nur Imani")
		page = r.gets(200, "m0", "GET", applyPath+"/held", nil).body
		for _, spec := range f.Result.Facts {
			law, known := r.service().Law(spec.Basis)
			if !known || !strings.Contains(page, law.Title.EN) {
				t.Errorf("%s: the page does not name its basis", spec.Field)
			}
			if held := f.Held[spec.Field]; held.Register.Empty() || held.AsOf == 0 || held.Entry == "" {
				t.Errorf("%s has no source or no day: %+v", spec.Field, held)
			}
		}
	})
}
