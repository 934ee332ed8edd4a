package service

import (
	"context"
	"net/http"
	"strings"
	"time"

	"balai/internal/spine/actor"
	"balai/internal/spine/casework"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/id"
	"balai/internal/spine/locale"
	"balai/internal/spine/web"
)

// rfc3339 is a time in UTC, nil for none.
func rfc3339(us int64) *string {
	if us == 0 {
		return nil
	}
	s := clock.FromMicro(us).Format(time.RFC3339)
	return &s
}

// CaseOut is where a case stands and how it came there.
type CaseOut struct {
	Ref         string          `json:"ref"`
	Service     string          `json:"service"`
	Title       locale.Text     `json:"title"`
	State       string          `json:"state" enum:"received,checking,waiting,deciding,approved,refused,withdrawn,issued,closed"`
	Version     int             `json:"version" doc:"Send it back with an act; a stale one is a conflict"`
	DueAt       *string         `json:"due_at"`
	ReceivedAt  *string         `json:"received_at"`
	Automatic   bool            `json:"automatic"`
	Outcome     string          `json:"outcome" doc:"approved, refused, withdrawn, revoked or lapsed, once there is one"`
	FeeCents    int64           `json:"fee_cents"`
	FeeReceipt  string          `json:"fee_receipt,omitempty"`
	PayBy       *string         `json:"pay_by,omitempty" doc:"Until when the fee can be paid, while it is owed"`
	Audit       string          `json:"audit,omitempty"`
	Parent      string          `json:"parent,omitempty"`
	Appeal      string          `json:"appeal,omitempty"`
	Acts        []ActOut        `json:"acts"`
	Certificate *CertificateOut `json:"certificate,omitempty"`
}

// ActOut is one thing done, by post and agency.
type ActOut struct {
	N      int            `json:"n"`
	ID     string         `json:"id"`
	Kind   string         `json:"kind"`
	At     string         `json:"at"`
	Post   string         `json:"post"`
	Agency string         `json:"agency"`
	Title  locale.Text    `json:"title"`
	State  string         `json:"state"`
	Data   map[string]any `json:"data"`
	Proof  string         `json:"proof"`
}

// CertificateOut is the paper in force.
type CertificateOut struct {
	Code  string `json:"code"`
	State string `json:"state"`
	PDF   string `json:"pdf"`
	HTML  string `json:"html"`
}

// CasePath names a case in an address.
type CasePath struct {
	Ref string `path:"ref"`
}

func (p *Part) apiCase(ctx context.Context, in *CasePath) (*body[CaseOut], error) {
	a := web.ActorOf(ctx)
	ref := id.NormalRef(in.Ref)
	if err := p.Look(ctx, a, ref); err != nil {
		return nil, err
	}
	var out CaseOut
	err := p.DB.Read(ctx, func(tx *db.Tx) (err error) {
		out, err = p.caseOut(tx, a, ref)
		return err
	})
	return ok(out), err
}

// Look records that an officer saw a person's case, once a quarter of an hour.
func (p *Part) Look(ctx context.Context, a actor.Actor, ref string) error {
	if !a.Officer() && !a.Acting() {
		return nil
	}
	return p.DB.Write(ctx, func(tx *db.Tx) error {
		c, err := p.Cases.Get(tx, ref)
		if err != nil {
			return err
		}
		subjects, err := p.Cases.Subjects(tx, c.Ref)
		if err != nil {
			return err
		}
		return p.Journal.Look(tx, a, ref, subjects, locale.Text{
			MS: "Melihat kes untuk menjalankan tugas: " + c.Title.MS, EN: "Looked at the case in the course of duty: " + c.Title.EN}, c.Basis)
	})
}

func (p *Part) caseOut(tx *db.Tx, viewer actor.Actor, ref string) (CaseOut, error) {
	c, err := p.Cases.Get(tx, ref)
	if err != nil {
		return CaseOut{}, err
	}
	sealed, err := p.Protection.Sealed(tx, viewer, c)
	if err != nil {
		return CaseOut{}, err
	}
	acts, err := p.Cases.Acts(tx, ref)
	if err != nil {
		return CaseOut{}, err
	}
	out := CaseOut{Ref: c.Ref, Service: c.Kind, Title: c.Title, State: string(c.State), Version: c.Version, DueAt: rfc3339(c.DueAt),
		ReceivedAt: rfc3339(c.ReceivedAt), Automatic: c.Automatic, Outcome: c.Outcome, FeeCents: c.FeeCents, FeeReceipt: c.FeeReceipt,
		Audit: c.Audit, Parent: c.Parent, Appeal: c.Appeal, Acts: []ActOut{}}
	if c.Owes() > 0 {
		out.PayBy = rfc3339(c.PayBy)
	}
	for _, a := range acts {
		if sealed {
			a.Data = wordsOnly(a.Data)
		}
		out.Acts = append(out.Acts, actOut(ref, a))
	}
	cert, has, err := p.Certificates.OfCase(tx, ref)
	if err != nil {
		return out, err
	}
	if has && cert.Ready && !sealed { // its code opens what it says
		out.Certificate = &CertificateOut{cert.Code, cert.State, cert.PDF, cert.HTML}
	}
	return out, nil
}

// wordsOnly is what officers write in an act. Everything else in it was sent by
// the person, by whoever sent it for them, or was read from a register, and
// may tell where somebody is.
func wordsOnly(data map[string]any) map[string]any {
	out := map[string]any{}
	for _, key := range []string{"finding", "note", "question", "due_in_days", "verdict", "reasons", "receipt", "cents"} {
		if v, has := data[key]; has {
			out[key] = v
		}
	}
	return out
}

func actOut(ref string, a casework.Act) ActOut {
	data := a.Data
	if data == nil {
		data = map[string]any{}
	}
	return ActOut{N: a.N, ID: a.ID, Kind: a.Kind, At: clock.FromMicro(a.At).Format(time.RFC3339), Post: a.By.Post, Agency: a.By.Agency,
		Title: a.By.Title, State: string(a.State), Data: data, Proof: "/case/" + ref + "/receipt.tlog-proof?act=" + a.ID}
}

// act is the body of one kind of act: the version it was decided on and the
// act's data.
type act interface {
	act() (version int, data map[string]any)
}

// Versioned is the version of the case that an act was decided on.
type Versioned struct {
	Version int `json:"version" minimum:"1"`
}

type (
	checkBody struct {
		Versioned
		Finding string `json:"finding" enum:"in_order,not_in_order"`
		Note    string `json:"note,omitempty" maxLength:"4000"`
	}
	askBody struct {
		Versioned
		Question  string `json:"question" maxLength:"4000"`
		DueInDays int    `json:"due_in_days" minimum:"1" maximum:"90" doc:"Working days"`
	}
	decideBody struct {
		Versioned
		Verdict string         `json:"verdict" enum:"approve,refuse"`
		Reasons string         `json:"reasons" maxLength:"4000"`
		With    map[string]any `json:"with,omitempty" doc:"What a yes to a dispute needs where the fact is not one value, such as a marriage's number, married_on and spouse_id_number"`
	}
	reasonBody struct {
		Versioned
		Reason string `json:"reason,omitempty" maxLength:"4000"`
	}
	declineBody struct {
		Versioned
	}
	appealBody struct {
		Versioned
		Grounds string `json:"grounds" maxLength:"4000"`
	}
	feeBody struct {
		Versioned
		Receipt string `json:"receipt" maxLength:"100"`
		Cents   int64  `json:"cents" minimum:"0"`
	}
	auditBody struct {
		Versioned
		Finding    string         `json:"finding" enum:"in_order,wrong"`
		Note       string         `json:"note,omitempty" maxLength:"4000"`
		Correction map[string]any `json:"correction,omitempty"`
	}
	correctBody struct {
		Versioned
		Reasons    string         `json:"reasons" maxLength:"4000"`
		Correction map[string]any `json:"correction"`
	}
	messageBody struct {
		Versioned
		Text string `json:"text" maxLength:"4000"`
	}
	takeBody struct {
		Versioned
	}
	handOverBody struct {
		Versioned
		To   string `json:"to" maxLength:"120" doc:"A person or post that may do the step at hand, or the step's role for its queue"`
		Note string `json:"note,omitempty" maxLength:"4000"`
	}
	recuseBody struct {
		Versioned
		Reason string `json:"reason,omitempty" maxLength:"4000" doc:"The applicant can read it"`
	}
	rejoinBody struct {
		Versioned
		Reason string `json:"reason" maxLength:"4000" doc:"The applicant can read it"`
	}
	replyBody struct {
		Versioned
		Text    string                  `json:"text,omitempty" maxLength:"4000"`
		Answers map[string]any          `json:"answers,omitempty"`
		Files   map[string][]UploadFile `json:"files,omitempty"`
	}
)

func (b checkBody) act() (int, map[string]any) {
	return b.Version, map[string]any{"finding": b.Finding, "note": b.Note}
}
func (b askBody) act() (int, map[string]any) {
	return b.Version, map[string]any{"question": b.Question, "due_in_days": b.DueInDays}
}
func (b decideBody) act() (int, map[string]any) {
	data := map[string]any{"verdict": b.Verdict, "reasons": b.Reasons}
	if len(b.With) > 0 {
		data["with"] = b.With
	}
	return b.Version, data
}
func (b reasonBody) act() (int, map[string]any) {
	return b.Version, map[string]any{"reason": b.Reason}
}
func (b declineBody) act() (int, map[string]any) { return b.Version, nil }
func (b appealBody) act() (int, map[string]any) {
	return b.Version, map[string]any{"grounds": b.Grounds}
}
func (b feeBody) act() (int, map[string]any) {
	return b.Version, map[string]any{"receipt": b.Receipt, "cents": b.Cents}
}
func (b auditBody) act() (int, map[string]any) {
	return b.Version, map[string]any{"finding": b.Finding, "note": b.Note, "correction": b.Correction}
}
func (b correctBody) act() (int, map[string]any) {
	return b.Version, map[string]any{"reasons": b.Reasons, "correction": b.Correction}
}
func (b messageBody) act() (int, map[string]any) {
	return b.Version, map[string]any{"text": b.Text}
}
func (b recuseBody) act() (int, map[string]any) {
	return b.Version, map[string]any{"reason": b.Reason}
}
func (b rejoinBody) act() (int, map[string]any) {
	return b.Version, map[string]any{"reason": b.Reason}
}

func (b takeBody) act() (int, map[string]any) { return b.Version, nil }
func (b handOverBody) act() (int, map[string]any) {
	return b.Version, map[string]any{"to": b.To, "note": b.Note}
}

type actIn[B any] struct {
	CasePath
	Body B
}

type actOutput struct {
	Status int
	Body   CaseOut
}

// actRoute serves one kind of act; the kind is in the address, so that each
// has its own policy and its own schema.
func actRoute[B act](p *Part, kind, path, summary string) web.Route {
	return web.JSON(web.APIRoute{Method: "POST", Path: "/api/v1/cases/{ref}/" + path, Policy: "case." + kind, Summary: summary,
		Resource: p.caseResource, SignIn: true, Know: "case.read", Status: actStatus(kind)},
		func(ctx context.Context, in *actIn[B]) (*actOutput, error) {
			version, data := in.Body.act()
			return p.actOut(ctx, in.Ref, kind, version, data)
		})
}

func (p *Part) actOut(ctx context.Context, ref, kind string, version int, data map[string]any) (*actOutput, error) {
	c, err := p.Act(ctx, web.ActorOf(ctx), id.NormalRef(ref), kind, version, data)
	if err != nil {
		return nil, err
	}
	shown := c.Ref
	if kind == casework.Appeal {
		shown = c.Appeal
	}
	var out CaseOut
	err = p.DB.Read(ctx, func(tx *db.Tx) (err error) {
		if out, err = p.caseOut(tx, web.ActorOf(ctx), shown); err != nil || !web.ActorOf(ctx).Officer() {
			return err
		}
		why, err := p.Cases.Interest(tx, web.ActorOf(ctx).Person, c)
		if why != casework.Disinterested { // who gives such a case back is not told what is in it
			out.Acts, out.Certificate = []ActOut{}, nil
		}
		return err
	})
	return &actOutput{Status: actStatus(kind), Body: out}, err
}

// actStatus is what an act answers: an appeal is a case of its own.
func actStatus(kind string) int {
	if kind == casework.Appeal {
		return http.StatusCreated
	}
	return http.StatusOK
}

// Act does one act on a case.
func (p *Part) Act(ctx context.Context, by actor.Actor, ref, kind string, version int, data map[string]any) (casework.Case, error) {
	var c casework.Case
	err := p.DB.Write(ctx, func(tx *db.Tx) (err error) {
		if err := p.stillHas(tx, by); err != nil {
			return err
		}
		c, err = p.Cases.ActTx(tx, by, ref, version, casework.Act{Kind: kind, Data: data})
		return err
	})
	if fault.CodeOf(err) == fault.Conflict {
		err = p.changed(ctx, ref, version, err)
	}
	return c, err
}

// changed says of a page that was overtaken what was done on the case since;
// another conflict stays as it is.
func (p *Part) changed(ctx context.Context, ref string, version int, was error) error {
	var ms, en []string
	err := p.DB.Read(ctx, func(tx *db.Tx) error {
		acts, err := p.Cases.Acts(tx, ref)
		for _, a := range acts {
			if a.N > version && version > 0 {
				ms = append(ms, casework.Say(p.Texts.For(locale.Malay), a))
				en = append(en, casework.Say(p.Texts.For(locale.English), a))
			}
		}
		return err
	})
	if err != nil || len(ms) == 0 {
		return was
	}
	return fault.New(fault.Conflict, "service.error.changed", "changes", locale.Text{MS: strings.Join(ms, " "), EN: strings.Join(en, " ")}).Wrap(was)
}

func (p *Part) apiReply(ctx context.Context, in *actIn[replyBody]) (*actOutput, error) {
	ref := id.NormalRef(in.Ref)
	data, err := p.replyData(ctx, ref, in.Body.Text, in.Body.Answers, in.Body.Files)
	if err != nil {
		return nil, err
	}
	return p.actOut(ctx, ref, casework.Reply, in.Body.Version, data)
}

// replyData stores the files of a reply before the act.
func (p *Part) replyData(ctx context.Context, ref, text string, answers map[string]any, files map[string][]UploadFile) (map[string]any, error) {
	data := map[string]any{"text": text}
	if len(answers) > 0 {
		data["answers"] = answers
	}
	if len(files) == 0 {
		return data, nil
	}
	var app Application
	err := p.DB.Read(ctx, func(tx *db.Tx) error {
		c, err := p.Cases.Get(tx, ref)
		if err != nil {
			return err
		}
		if c.Kind == disputeKind {
			return badFile("files", "service.file.none")
		}
		app, err = application(tx, root(c))
		return err
	})
	if err != nil {
		return nil, err
	}
	rel, err := p.At(app.Service, app.Number)
	if err != nil {
		return nil, err
	}
	kept, err := p.store(ctx, rel.Def, files)
	if err != nil {
		return nil, err
	}
	if len(kept) > 0 {
		data["files"] = kept
	}
	return data, nil
}
