package letter

import (
	"bytes"
	"net/http"
	"slices"
	"strconv"

	"balai/internal/spine/actor"
	"balai/internal/spine/casework"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/id"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
	"balai/internal/spine/notify"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

// letterShow serves a letter as a page or, under .pdf, as the paper that is
// posted. Where the reader is not its person, the look is on record first.
func (x *Letters) letterShow(w http.ResponseWriter, r *http.Request) error {
	code, pdf := codeOf(r)
	made, err := x.look(r, code)
	if err != nil {
		return err
	}
	if pdf {
		return x.serve(w, r, made)
	}
	page := ui.NewPage(r, web.L(r.Context()).T("letter.title"))
	page.Paper = true
	page.Before = ui.BackLink(ui.BackLinkProps{Href: "/letters/case/" + made.Case})
	return web.Render(w, r, http.StatusOK, letterPage(page, made))
}

// office tells whether a prints and hands over what is written about a case: an
// officer at work, or at a counter with the person. A helper or a carer reads
// what was written to whom they act for.
func office(a actor.Actor) bool {
	return a.Officer() && (!a.Acting() || a.For.As == actor.Counter)
}

// look records the look of whoever is not the letter's person and gives the
// letter in words.
func (x *Letters) look(r *http.Request, code string) (made written, err error) {
	a := web.ActorOf(r.Context())
	var l Letter
	if err = x.DB.Read(r.Context(), func(tx *db.Tx) error { l, err = x.Get(tx, code); return err }); err != nil {
		return made, err
	}
	if !office(a) && a.Subject() != l.Person { // of a case they may read, but written to somebody else
		return made, fault.New(fault.Missing, "web.error.missing")
	}
	if a.Officer() || a.Acting() {
		if err := x.recordLook(r, a, l.Case, locale.Text{MS: "Membuka surat untuk dicetak: " + code, EN: "Opened a letter to print it: " + code}, false); err != nil {
			return made, err
		}
	}
	err = x.DB.Read(r.Context(), func(tx *db.Tx) error {
		if l, err = x.Get(tx, code); err != nil {
			return err
		}
		if l, err = x.addressed(tx, l); err != nil {
			return err
		}
		made, err = x.compose(tx, l)
		return err
	})
	return made, err
}

// unsealed refuses the papers of a case to an officer from whom it hides where
// somebody is: a letter carries an address, and a certificate may say where.
func (x *Letters) unsealed(tx *db.Tx, a actor.Actor, c casework.Case) error {
	sealed, err := x.Seal.Sealed(tx, a, c)
	if err == nil && sealed {
		err = fault.New(fault.Denied, "service.error.sealed")
	}
	return err
}

// recordLook writes a print down. asked tells that its person stands at the
// counter and asks for what is theirs, so that nothing is kept from them.
func (x *Letters) recordLook(r *http.Request, a actor.Actor, ref string, why locale.Text, asked bool) error {
	return x.DB.Write(r.Context(), func(tx *db.Tx) error {
		c, err := x.Cases.Get(tx, ref)
		if err != nil {
			return err
		}
		if !asked {
			if err := x.unsealed(tx, a, c); err != nil {
				return err
			}
		}
		subjects, err := x.Cases.Subjects(tx, c.Ref)
		if err != nil {
			return err
		}
		if !slices.Contains(subjects, c.Applicant) {
			subjects = append(subjects, c.Applicant)
		}
		// Each print is a paper that can be carried off: none is the same look as
		// the one before.
		_, err = x.Journal.Append(tx, journal.Record{Kind: "look", At: x.now(), By: journal.ByActor(a), Case: c.Ref, Subjects: subjects, Why: why, Basis: c.Basis})
		return err
	})
}

// serve gives the file: the one that was posted, or one drawn now.
func (x *Letters) serve(w http.ResponseWriter, r *http.Request, made written) (err error) {
	var file []byte
	if made.SHA256 != "" {
		file, err = x.Blobs.Get(r.Context(), made.SHA256)
	} else {
		file, _, err = draw(made.Code, clock.FromMicro(made.MadeAt), []written{made})
	}
	if err != nil {
		return err
	}
	return x.pdf(w, made.Code, file)
}

func (x *Letters) pdf(w http.ResponseWriter, name string, file []byte) error {
	h := w.Header()
	h.Set("Content-Type", "application/pdf")
	h.Set("Content-Length", strconv.Itoa(len(file)))
	h.Set("Content-Disposition", `attachment; filename="`+name+`.pdf"`)
	_, err := bytes.NewReader(file).WriteTo(w)
	return err
}

// paperPrint gives a counter the case's certificate to print.
func (x *Letters) paperPrint(w http.ResponseWriter, r *http.Request) error {
	a := web.ActorOf(r.Context())
	ref := id.NormalRef(r.PathValue("ref"))
	code, _ := codeOf(r)
	if !office(a) { // who acts for the person, too: that page asks what they may open
		return web.SeeOther(w, r, "/certificate/"+code+".pdf")
	}
	var found Paper
	err := x.DB.Read(r.Context(), func(tx *db.Tx) error {
		list, err := x.Papers.OfCase(tx, ref)
		found = Paper{}
		for _, p := range list {
			if p.Code == code && p.Ready {
				found = p
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	if found.Code == "" {
		return fault.New(fault.Missing, "web.error.missing")
	}
	if err := x.recordLook(r, a, ref, locale.Text{MS: "Mencetak sijil: " + code, EN: "Printed a certificate: " + code}, a.Acting()); err != nil {
		return err
	}
	file, err := x.Blobs.Get(r.Context(), found.File)
	if err != nil {
		return err
	}
	return x.pdf(w, code, file)
}

// caseView is what a counter can print of a case, and how its person is told.
type caseView struct {
	Ref     string
	Letters []Letter
	Papers  []Paper
	Reach   notify.Reach
	Done    bool
	Sealed  bool // somebody in it must not be found: no paper is listed
}

// caseShow lists the case's letters and certificates.
func (x *Letters) caseShow(w http.ResponseWriter, r *http.Request) error {
	ref := id.NormalRef(r.PathValue("ref"))
	a := web.ActorOf(r.Context())
	v := caseView{Ref: ref, Done: r.URL.Query().Get("done") == "hand"}
	err := x.DB.Read(r.Context(), func(tx *db.Tx) error {
		c, err := x.Cases.Get(tx, ref)
		if err != nil {
			return err
		}
		if office(a) {
			if v.Sealed, err = x.Seal.Sealed(tx, a, c); err != nil {
				return err
			}
		}
		if !v.Sealed {
			if v.Letters, err = x.OfCase(tx, c.Ref); err != nil {
				return err
			}
		}
		if !v.Sealed || a.Acting() { // who stands there may ask for their certificate
			if v.Papers, err = x.Papers.OfCase(tx, c.Ref); err != nil {
				return err
			}
		}
		v.Reach, err = x.Notify.Reach(tx, c.Applicant)
		return err
	})
	if err != nil {
		return err
	}
	if !office(a) {
		v.Letters = slices.DeleteFunc(v.Letters, func(l Letter) bool { return l.Person != a.Subject() })
	}
	page := ui.NewPage(r, web.L(r.Context()).T("letter.case.title", "ref", ref))
	back := "/case/" + ref
	if a.AtWork() {
		back = "/desk/" + ref
	}
	page.Before = ui.BackLink(ui.BackLinkProps{Href: back})
	return web.Render(w, r, http.StatusOK, casePage(page, v))
}

// hands tells whether somebody's page has the button: an auditor reads a case
// and does nothing in it, as the policy says.
func hands(a actor.Actor) bool { return office(a) && a.Role != "audit/auditor" }

// letterHand says that a letter that waited was handed over at a counter; the
// post does not bring it a second time.
func (x *Letters) letterHand(w http.ResponseWriter, r *http.Request) error {
	a := web.ActorOf(r.Context())
	if !office(a) {
		return fault.New(fault.Denied, "letter.error.officer")
	}
	code, _ := codeOf(r)
	var l Letter
	err := x.DB.Write(r.Context(), func(tx *db.Tx) (err error) {
		if l, err = x.Get(tx, code); err != nil {
			return err
		}
		c, err := x.Cases.Get(tx, l.Case)
		if err == nil {
			err = x.unsealed(tx, a, c)
		}
		if err != nil {
			return err
		}
		moved, err := move(tx, code, Queued, Handed, "", x.now())
		if err != nil {
			return err
		}
		if !moved {
			return fault.New(fault.Conflict, "letter.error.gone")
		}
		return x.told(tx, l, journal.ByActor(a), "letter.handed", locale.Text{
			MS: "Surat " + code + " diserahkan di kaunter.", EN: "Letter " + code + " was handed over at a counter."})
	})
	if err != nil {
		return err
	}
	return web.SeeOther(w, r, "/letters/case/"+l.Case+"?done=hand")
}

// letterCheck tells anybody whether a letter in hand is real: its date and
// state, nothing of what it says or to whom.
func (x *Letters) letterCheck(w http.ResponseWriter, r *http.Request) error {
	code, _ := codeOf(r)
	var l Letter
	err := x.DB.Read(r.Context(), func(tx *db.Tx) (err error) { l, err = x.Get(tx, code); return err })
	absent := fault.CodeOf(err) == fault.Missing
	if err != nil && !absent {
		return err
	}
	p := web.L(r.Context())
	title, status := p.T("letter.real"), http.StatusOK
	if absent {
		title, status = p.T("letter.unreal"), http.StatusNotFound
	}
	return web.Render(w, r, status, checkPage(ui.NewPage(r, title), l, code, absent))
}
