package backoffice

import (
	"context"
	"net/http"

	"balai/internal/spine/actor"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
)

// OfficeHolding is one thing that an agency's system holds about a person. The
// person is in the body, so that no number stands in an address.
type OfficeHolding struct {
	Name   string `json:"name" maxLength:"64" doc:"The agency's own name for it, the same as in the path"`
	Person Person `json:"person"`
	Label  Words  `json:"label" most:"100" doc:"What it is, as a person reads it"`
	Value  Words  `json:"value" most:"300" doc:"What is held; empty takes it away"`
	AsOf   string `json:"as_of" as:"day" doc:"2006-01-02: since when it is so"`
	Basis  Words  `json:"basis" most:"200" doc:"The law under which it is held"`
}

// HoldingAnswer is what became of it.
type HoldingAnswer struct {
	Name   string `json:"name"`
	Person string `json:"person,omitempty" doc:"The person's id in the hall, as events name them; not where there was nothing to take away"`
	Change string `json:"change" enum:"created,updated,unchanged,removed"`
}

const removed = "removed"

func (b *BackOffice) holdingTx(tx *db.Tx, by actor.Actor, in OfficeHolding) (int, HoldingAnswer, error) {
	var w wrong
	w.their("name", in.Name)
	h := Holding{Agency: by.Agency, Name: in.Name, AsOf: in.AsOf, ChangedAt: b.now()}
	h.Value = w.text("value", in.Value, holdingFields.most("value"), false, false)
	h.Label = w.text("label", in.Label, holdingFields.most("label"), true, false)
	h.Basis = w.text("basis", in.Basis, holdingFields.most("basis"), !h.Value.Empty(), false)
	if w.day("as_of", in.AsOf); in.AsOf == "" && !h.Value.Empty() {
		w.add("as_of", "web.field.missing")
	}
	if err := w.err(); err != nil {
		return 0, HoldingAnswer{}, err
	}
	if h.Value.Empty() {
		return b.takeHolding(tx, by, h, in.Person)
	}
	if err := b.mayAsk(tx, by); err != nil {
		return 0, HoldingAnswer{}, err
	}
	var err error
	if h.Person, err = b.find(tx, by, in.Person); err != nil {
		return 0, HoldingAnswer{}, err
	}
	old, is, err := holdingOf(tx, h.Agency, h.Person, h.Name)
	if err != nil {
		return 0, HoldingAnswer{}, err
	}
	status, change := http.StatusOK, updated
	switch same := old; {
	case is:
		same.ChangedAt, same.DisputedAt = h.ChangedAt, 0
		if same == h {
			return http.StatusOK, HoldingAnswer{h.Name, h.Person, unchanged}, nil
		}
		err = upsertHolding(tx, h)
	default:
		status, change = http.StatusCreated, created
		err = upsertHolding(tx, h)
	}
	if err != nil {
		return 0, HoldingAnswer{}, err
	}
	return status, HoldingAnswer{h.Name, h.Person, change}, b.heldTx(tx, by, h, change)
}

// takeHolding takes away what an agency holds. Where there is nothing of it the
// answer is one and the same, whether the person is known or not, and leaves no
// record: so it tells nothing, and nothing is counted.
func (b *BackOffice) takeHolding(tx *db.Tx, by actor.Actor, h Holding, p Person) (int, HoldingAnswer, error) {
	nothing := HoldingAnswer{Name: h.Name, Change: unchanged}
	var err error
	if h.Person, err = b.known(tx, p); fault.CodeOf(err) == fault.Missing {
		return http.StatusOK, nothing, nil
	}
	if err != nil {
		return 0, HoldingAnswer{}, err
	}
	if _, is, err := holdingOf(tx, h.Agency, h.Person, h.Name); err != nil || !is {
		return http.StatusOK, nothing, err
	}
	if err := deleteHolding(tx, h); err != nil {
		return 0, HoldingAnswer{}, err
	}
	return http.StatusOK, HoldingAnswer{h.Name, h.Person, removed}, b.heldTx(tx, by, h, removed)
}

// heldTx is the leaf of what an agency told that it holds.
func (b *BackOffice) heldTx(tx *db.Tx, by actor.Actor, h Holding, change string) error {
	why := locale.Text{MS: "Agensi memberitahu apa yang disimpan tentang anda: " + h.Label.MS, EN: "The agency told what it holds about you: " + h.Label.EN}
	if change == removed {
		why = locale.Text{MS: "Agensi tidak lagi menyimpan: " + h.Label.MS, EN: "The agency no longer holds: " + h.Label.EN}
	}
	_, err := b.Journal.Append(tx, journal.Record{Kind: "office.held", By: journal.ByActor(by), Subjects: []string{h.Person}, Why: why,
		Data: map[string]any{"name": h.Name, "change": change, "basis": h.Basis.MS}})
	return err
}

type holdingIn struct {
	Name string `path:"name"`
	Body OfficeHolding
}

type holdingOut struct {
	Status int
	Body   HoldingAnswer
}

func (b *BackOffice) apiHolding(ctx context.Context, in *holdingIn) (*holdingOut, error) {
	if in.Name != in.Body.Name {
		return nil, fault.New(fault.Invalid, "web.error.invalid").With(fault.Field{Location: "body.name", Key: "backoffice.error.path"})
	}
	status, out, err := once(ctx, b, func(tx *db.Tx, by actor.Actor) (int, HoldingAnswer, error) { return b.holdingTx(tx, by, in.Body) })
	return &holdingOut{status, out}, err
}
