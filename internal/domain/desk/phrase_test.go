package desk

import (
	"context"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"balai/internal/spine/casework"
	"balai/internal/spine/db"
	"balai/internal/spine/journal"
)

// phraseIn is the id of the phrase with that text, as the page of its keeper
// names it.
func phraseIn(t *testing.T, page, text string) string {
	t.Helper()
	at := strings.Index(page, text)
	if at < 0 {
		t.Fatalf("the page lacks %q", text)
	}
	_, rest, _ := strings.Cut(page[at:], `action="/desk/phrases/`)
	id, _, _ := strings.Cut(rest, "/remove")
	return id
}

// A head keeps the agency's phrases, an officer their own; each is offered
// where reasons are written, and the applicant reads both languages of it.
func TestPhrases(t *testing.T) {
	eachDesk(t, func(t *testing.T, r *rig) {
		salmah, lim, head := r.office()
		rahman := officer("rahman", "jpn/asst")
		kept := &noted{Journal: r.Desk.Journal}
		r.Desk.Journal = kept
		phrase := func(use, ms, en, service string) url.Values {
			return url.Values{"for": {use}, "ms": {ms}, "en": {en}, "service": {service}}
		}
		r.expect(r.do(head, "POST", "/desk/phrases", phrase("refuse", "Ayat agensi.", "", "")), 422, "Write the phrase in English")
		r.expect(r.do(salmah, "POST", "/desk/phrases", phrase("", "", "", "")), 422, "at least one language", "what the phrase is for")
		for range 3 { // the same phrase again is the same phrase
			r.expect(r.do(head, "POST", "/desk/phrases", phrase("refuse", " Ayat\u0007  agensi. ", "The agency’s sentence.", "jpn/birth")), 303)
		}
		r.expect(r.do(rahman, "POST", "/desk/phrases", phrase("refuse", "Ayat saya sahaja.", "", "")), 303)
		r.expect(r.do(salmah, "POST", "/desk/phrases", phrase("refuse", "", "A colleague’s own.", "")), 303)
		if n := strings.Count(r.do(head, "GET", "/desk/phrases", nil).Body.String(), "/remove"); n != 1 {
			t.Errorf("the agency has %d phrases", n)
		}
		mine := r.do(rahman, "GET", "/desk/phrases", nil).Body.String()
		agency := phraseIn(t, r.do(head, "GET", "/desk/phrases", nil).Body.String(), "The agency’s sentence.")
		own := phraseIn(t, mine, "Ayat saya sahaja.")
		hers := phraseIn(t, r.do(salmah, "GET", "/desk/phrases", nil).Body.String(), "A colleague’s own.")
		if strings.Contains(mine, "A colleague’s own.") || strings.Contains(mine, agency) || !strings.Contains(mine, "The agency’s sentence.") {
			t.Error("an officer's page has a colleague's phrase, or keeps the agency's")
		}
		for _, path := range []string{"/change", "/remove", "/restore"} {
			r.expect(r.do(lim, "POST", "/desk/phrases/"+own+path, phrase("refuse", "X", "X", "")), 404)
			r.expect(r.do(rahman, "POST", "/desk/phrases/"+agency+path, phrase("refuse", "X", "X", "")), 404)
			r.expect(r.do(head, "POST", "/desk/phrases/"+own+path, phrase("refuse", "X", "X", "")), 404)
		}
		r.expect(r.do(lim, "GET", "/desk/phrases?edit="+own, nil), 404)

		c := r.open()
		r.expect(r.do(salmah, "POST", "/desk/"+c.Ref+"/check", url.Values{"version": {strconv.Itoa(c.Version)}, "finding": {"in_order"}}), 303)
		page := r.do(rahman, "GET", "/desk/"+c.Ref, nil)
		r.expect(page, 200, "The agency’s sentence.", "(agency)", "Ayat saya sahaja.", "(your own)")
		if strings.Contains(page.Body.String(), "A colleague’s own.") {
			t.Error("a colleague's phrase is offered")
		}
		r.expect(r.do(rahman, "POST", "/desk/"+c.Ref+"/decide", url.Values{"version": {strconv.Itoa(c.Version + 1)}, "verdict": {"refuse"},
			"phrase-refuse": {agency, own, hers, "no_answer"}, "phrase-approve": {"complete"}, "reasons": {"Kata sendiri."}, "confirmed": {"yes"}}), 303)
		why := r.last(c.Ref, casework.Decide)
		if got := casework.Reasons(why); got.MS != "Pertanyaan kami tidak dijawab dalam tempoh yang diberikan. Ayat agensi. Ayat saya sahaja. Kata sendiri." ||
			got.EN != "Our question was not answered in the time given. The agency’s sentence. Ayat saya sahaja. Kata sendiri." {
			t.Errorf("%+v", got)
		}

		r.expect(r.do(head, "POST", "/desk/phrases/"+agency+"/change", phrase("refuse", "Ayat agensi.", "Changed.", "")), 303)
		r.expect(r.do(head, "POST", "/desk/phrases/"+agency+"/remove", nil), 303)
		r.expect(r.do(head, "GET", "/desk/phrases?done=removed&phrase="+agency, nil), 200, "/desk/phrases/"+agency+"/restore")
		if s := r.do(lim, "GET", "/desk/phrases?done=removed&phrase="+agency, nil).Body.String(); strings.Contains(s, "/restore") {
			t.Error("who may not put a phrase back is offered to")
		}
		r.expect(r.do(head, "GET", "/desk/phrases?edit="+agency, nil), 404)
		r.expect(r.do(head, "POST", "/desk/phrases/"+agency+"/restore", nil), 303)
		r.expect(r.do(head, "GET", "/desk/phrases", nil), 200, "Changed.")
		if strings.Join(kept.did, " ") != "add change remove restore" {
			t.Errorf("on record: %v", kept.did)
		}
	})
}

// A question of chosen sentences is kept in both languages; one that was only
// written stays as it was written.
func TestAskPhrase(t *testing.T) {
	eachDesk(t, func(t *testing.T, r *rig) {
		salmah, _, _ := r.office()
		for written, want := range map[string]string{"": "Sila hantar salinan dokumen yang lebih jelas.", "Muka kedua.": "Sila hantar salinan dokumen yang lebih jelas. Muka kedua."} {
			c := r.open()
			ask := url.Values{"version": {strconv.Itoa(c.Version)}, "due_in_days": {"5"}, "question": {written}}
			if written == "" {
				r.expect(r.do(salmah, "POST", "/desk/"+c.Ref+"/ask", ask), 422)
			}
			ask.Set("phrase-ask", "clearer_copy")
			r.expect(r.do(salmah, "POST", "/desk/"+c.Ref+"/ask", ask), 303)
			if got := casework.TextOf(r.last(c.Ref, casework.Ask), "question"); got.MS != want || !strings.HasPrefix(got.EN, "Please send a clearer copy") {
				t.Errorf("%+v", got)
			}
			r.expect(r.do(salmah, "GET", "/desk/"+c.Ref, nil), 200, "“Please send a clearer copy")
		}
	})
}

// last is the newest act of a kind in a case.
func (r *rig) last(ref, kind string) (out casework.Act) {
	r.t.Helper()
	must(r.t, r.DB.Read(context.Background(), func(tx *db.Tx) error {
		acts, err := r.Cases.Acts(tx, ref)
		for _, a := range acts {
			if a.Kind == kind {
				out = a
			}
		}
		return err
	}))
	return out
}

// noted is the journal, with what was done to phrases, in order.
type noted struct {
	Journal
	did []string
}

func (n *noted) Append(tx *db.Tx, r journal.Record) (string, error) {
	if did, ok := r.Data["did"].(string); ok && r.Kind == "desk.phrase" {
		tx.OnCommit(func() { n.did = append(n.did, did) }) // an act that met another's is begun again
	}
	return n.Journal.Append(tx, r)
}
