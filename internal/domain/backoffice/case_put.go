package backoffice

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"balai/internal/spine/actor"
	"balai/internal/spine/casework"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/id"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
)

// OfficeCase is a case as an agency's system hands it in.
type OfficeCase struct {
	TheirRef    string `json:"their_ref" doc:"The agency's own reference, the same as in the path" maxLength:"64"`
	Person      Person `json:"person"`
	Title       Words  `json:"title" most:"200"`
	Service     string `json:"service,omitempty" maxLength:"100" doc:"Id of the service or listing it belongs to, which has to be the agency's own"`
	State       string `json:"state" enum:"received,checking,waiting,deciding,approved,refused,withdrawn,issued,closed"`
	Status      Words  `json:"status,omitempty" most:"1000" doc:"A sentence that tells the person more"`
	Question    Words  `json:"question,omitempty" most:"2000" doc:"Needed where the state is waiting, and only there: what the person is to answer"`
	SubmittedOn string `json:"submitted_on,omitempty" as:"day" doc:"2006-01-02"`
	DueOn       string `json:"due_on,omitempty" as:"day" doc:"2006-01-02"`
	Link        string `json:"link,omitempty" as:"link" maxLength:"500" doc:"https only; shown as the agency's own"`
	Version     int64  `json:"version,omitempty" minimum:"0" maximum:"9007199254740991" doc:"Rises with each change; an older one changes nothing"`
	UpdatedAt   string `json:"updated_at,omitempty" as:"time" doc:"RFC 3339; an older one changes nothing"`
}

// What became of a case that was handed in.
const (
	created   = "created"
	updated   = "updated"
	unchanged = "unchanged"
	older     = "older"
)

// OfficeAnswer is how a case stands after it was handed in.
type OfficeAnswer struct {
	Ref      string `json:"ref" doc:"The hall's reference, which the person sees"`
	Href     string `json:"href"`
	TheirRef string `json:"their_ref"`
	State    string `json:"state" doc:"What the person sees; withdrawn where they withdrew it here"`
	Version  int64  `json:"version"`
	Change   string `json:"change" enum:"created,updated,unchanged,older"`
	// A person whom nothing reaches is told to who can do something about it.
	Reachable bool `json:"reachable" doc:"Whether the person can be told by mail, text or letter; if not, they see it here when they sign in"`
}

// checked is a case as it may be kept, but for whose it is.
func (b *BackOffice) checked(agency string, in OfficeCase) (c Case, err error) {
	var w wrong
	c = Case{Agency: agency, TheirRef: in.TheirRef, Service: in.Service, State: casework.State(in.State), SubmittedOn: in.SubmittedOn,
		DueOn: in.DueOn, Link: in.Link, Version: in.Version}
	w.their("their_ref", in.TheirRef)
	c.Title = w.text("title", in.Title, caseFields.most("title"), true, false)
	c.Status = w.text("status", in.Status, caseFields.most("status"), false, true)
	c.Question = w.text("question", in.Question, caseFields.most("question"), false, true)
	w.day("submitted_on", in.SubmittedOn)
	w.day("due_on", in.DueOn)
	c.TheirAt = w.time("updated_at", in.UpdatedAt, b.Clock.Now())
	if !isState(in.State) {
		w.add("state", "backoffice.error.state", "state", in.State)
	}
	// Whoever acts for the person within a service sees the cases of that service.
	if own := strings.HasPrefix(in.Service, agency+"/"); in.Service != "" && !own && !b.Services.DoneBy(in.Service, agency) {
		w.add("service", "backoffice.error.service")
	}
	if c.State != casework.Waiting && !c.Question.Empty() {
		w.add("question", "backoffice.error.question")
	}
	if c.State == casework.Waiting && c.Question.Empty() {
		w.add("question", "backoffice.error.question_needed")
	}
	if in.Link != "" {
		if u, err := url.Parse(in.Link); err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || clean(in.Link, false) != in.Link {
			w.add("link", "backoffice.error.link")
		}
	}
	if in.Version < 0 {
		w.add("version", "backoffice.error.version")
	}
	return c, w.err()
}

// putCaseTx keeps a case: anew, changed, or as it was.
func (b *BackOffice) putCaseTx(tx *db.Tx, by actor.Actor, in OfficeCase) (int, OfficeAnswer, error) {
	c, err := b.checked(by.Agency, in)
	if err != nil {
		return 0, OfficeAnswer{}, err
	}
	old, err := caseOfTheirs(tx, by.Agency, in.TheirRef)
	is := err == nil
	if err != nil && fault.CodeOf(err) != fault.Missing {
		return 0, OfficeAnswer{}, err
	}
	if !is {
		if err := b.mayAsk(tx, by); err != nil {
			return 0, OfficeAnswer{}, err
		}
	}
	c.Person, err = b.find(tx, by, in.Person)
	if err != nil {
		if is && fault.CodeOf(err) == fault.Missing { // somebody else, whoever that is
			err = fault.New(fault.Conflict, "backoffice.error.person_changed")
		}
		return 0, OfficeAnswer{}, err
	}
	if is && c.Person != old.Person {
		return 0, OfficeAnswer{}, fault.New(fault.Conflict, "backoffice.error.person_changed")
	}
	reach, err := b.Notify.Reach(tx, c.Person)
	if err != nil {
		return 0, OfficeAnswer{}, err
	}
	var status int
	var out OfficeAnswer
	if is {
		status, out, err = b.change(tx, by, old, c)
	} else {
		status, out, err = b.create(tx, by, c)
	}
	out.Reachable = reach.Problem == ""
	return status, out, err
}

func (b *BackOffice) create(tx *db.Tx, by actor.Actor, c Case) (int, OfficeAnswer, error) {
	c.Ref, c.MadeAt, c.ChangedAt = b.IDs.Ref(id.OfficePrefix), b.now(), b.now()
	c.Version = max(c.Version, 1)
	if err := insertCase(tx, c); err != nil {
		return 0, OfficeAnswer{}, err
	}
	if err := b.handedIn(tx, by, c, "new"); err != nil {
		return 0, OfficeAnswer{}, err
	}
	return http.StatusCreated, b.answered(c, created), nil
}

// change writes what is newer over what was handed in before.
func (b *BackOffice) change(tx *db.Tx, by actor.Actor, old, c Case) (int, OfficeAnswer, error) {
	if c.Version > 0 && c.Version < old.Version || c.TheirAt > 0 && c.TheirAt < old.TheirAt {
		return http.StatusOK, b.answered(old, older), nil
	}
	equal := c.content() == old.content()
	switch {
	case equal && c.Version <= old.Version && c.TheirAt <= old.TheirAt:
		return http.StatusOK, b.answered(old, unchanged), nil
	case !equal && c.Version > 0 && c.Version == old.Version:
		return 0, OfficeAnswer{}, fault.New(fault.Conflict, "backoffice.error.version_reused", "version", c.Version)
	}
	news := c.State != old.State || c.Status != old.Status || c.Question != old.Question
	c.Ref, c.MadeAt, c.ChangedAt, c.Acts = old.Ref, old.MadeAt, b.now(), old.Acts
	c.WithdrawnAt, c.AnsweredAt = old.WithdrawnAt, old.AnsweredAt
	c.TheirAt = max(c.TheirAt, old.TheirAt)
	if c.Version == 0 {
		c.Version = old.Version + 1
	}
	if c.State != casework.Waiting || c.Question != old.Question {
		c.AnsweredAt = 0
	}
	if err := updateCase(tx, c); err != nil {
		return 0, OfficeAnswer{}, err
	}
	if equal { // only a higher version
		return http.StatusOK, b.answered(c, unchanged), nil
	}
	tells := ""
	if news && !(c.WithdrawnAt > 0 && c.State.Open()) {
		tells = "state"
	}
	if c.Asks() && (c.Question != old.Question || old.State != casework.Waiting) {
		tells = "question"
	}
	return http.StatusOK, b.answered(c, updated), b.handedIn(tx, by, c, tells)
}

// content is what a change changes.
func (c Case) content() Case {
	return Case{Title: c.Title, Service: c.Service, State: c.State, Status: c.Status, Question: c.Question,
		SubmittedOn: c.SubmittedOn, DueOn: c.DueOn, Link: c.Link}
}

func (b *BackOffice) answered(c Case, change string) OfficeAnswer {
	return OfficeAnswer{Ref: c.Ref, Href: b.BaseURL + id.CasePage(c.Ref), TheirRef: c.TheirRef, State: string(c.Shown()), Version: c.Version, Change: change}
}

// handedIn is the act of a case that came or changed: its leaf, its place in
// the case's story, and the notice to the person, "" for none.
func (b *BackOffice) handedIn(tx *db.Tx, by actor.Actor, c Case, tells string) error {
	why := locale.Text{MS: "Agensi mengemas kini kes dalam sistemnya: " + c.Title.MS, EN: "The agency updated a case in its own system: " + c.Title.EN}
	if tells == "new" {
		why = locale.Text{MS: "Agensi menyerahkan kes dalam sistemnya: " + c.Title.MS, EN: "The agency handed in a case from its own system: " + c.Title.EN}
	}
	text := c.Status
	if c.Asks() {
		text = c.Question
	}
	_, err := b.actTx(tx, by, c, Act{Kind: actCase, State: c.State, Text: text}, "office.case", why,
		map[string]any{"their_ref": c.TheirRef, "state": string(c.State), "version": c.Version})
	if err != nil || tells == "" {
		return err
	}
	return b.tell(tx, c, tells, text)
}

// actTx writes an act's leaf and its row, and tells whether it is a new one: a
// second under the same id from the same side is none.
func (b *BackOffice) actTx(tx *db.Tx, by actor.Actor, c Case, a Act, kind string, why locale.Text, data map[string]any) (Act, error) {
	a.ID, a.Ref, a.At = b.IDs.New(), c.Ref, b.now()
	if a.TheirID == "" {
		a.TheirID = a.ID
	}
	n, err := nextAct(tx, c.Ref)
	if err != nil {
		return a, err
	}
	a.N = n
	a.Leaf, err = b.Journal.Append(tx, journal.Record{Kind: kind, By: journal.ByActor(by), Case: c.Ref, Act: int(n),
		Subjects: []string{c.Person}, Why: why, Data: data})
	if err != nil {
		return a, err
	}
	return a, insertAct(tx, a)
}

// PutCase is the API's act.
type putCaseIn struct {
	TheirRef string `path:"their_ref"`
	Body     OfficeCase
}

type caseAnswerOut struct {
	Status int
	Body   OfficeAnswer
}

func (b *BackOffice) apiPutCase(ctx context.Context, in *putCaseIn) (*caseAnswerOut, error) {
	if err := samePath(in.TheirRef, in.Body.TheirRef); err != nil {
		return nil, err
	}
	status, out, err := telling(ctx, b, func(o OfficeAnswer) string { return o.Change },
		func(tx *db.Tx, by actor.Actor) (int, OfficeAnswer, error) { return b.putCaseTx(tx, by, in.Body) })
	return &caseAnswerOut{status, out}, err
}

// samePath binds a request's address to its body, which is what is signed.
func samePath(path, body string) error {
	if path != body {
		return fault.New(fault.Invalid, "web.error.invalid").With(fault.Field{Location: "body.their_ref", Key: "backoffice.error.path"})
	}
	return nil
}

// PutCaseTx keeps a case that came another way than by the API, in the name of
// a key.
func (b *BackOffice) PutCaseTx(tx *db.Tx, k Key, in OfficeCase) error {
	_, _, err := b.putCaseTx(tx, systemOf(k), in)
	return err
}

// PutHoldingTx does the same for what the agency holds.
func (b *BackOffice) PutHoldingTx(tx *db.Tx, k Key, in OfficeHolding) error {
	_, _, err := b.holdingTx(tx, systemOf(k), in)
	return err
}
