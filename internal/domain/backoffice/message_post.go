package backoffice

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"

	"balai/internal/spine/actor"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/locale"
)

// OfficeMessage is a message from the agency to the person.
type OfficeMessage struct {
	TheirRef string `json:"their_ref" maxLength:"64"`
	ID       string `json:"id" maxLength:"64" doc:"The agency's own id for the message; it is shown once, however often it is sent"`
	Text     Words  `json:"text" most:"4000"`
	At       string `json:"at,omitempty" as:"time" doc:"RFC 3339"`
}

// OfficeKept is what became of a message or a document.
type OfficeKept struct {
	Ref    string `json:"ref"`
	Href   string `json:"href"`
	ID     string `json:"id"`
	Change string `json:"change" enum:"created,unchanged"`
}

func changeOf(k OfficeKept) string { return k.Change }

func (b *BackOffice) messageTx(tx *db.Tx, by actor.Actor, in OfficeMessage) (int, OfficeKept, error) {
	var w wrong
	w.their("their_ref", in.TheirRef)
	w.their("id", in.ID)
	text := w.text("text", in.Text, messageFields.most("text"), true, true)
	w.time("at", in.At, b.Clock.Now())
	if err := w.err(); err != nil {
		return 0, OfficeKept{}, err
	}
	c, err := caseOfTheirs(tx, by.Agency, in.TheirRef)
	if err != nil {
		return 0, OfficeKept{}, err
	}
	a := Act{Kind: actMessage, TheirID: in.ID, State: c.Shown(), Text: text, Digest: digestOf(text)}
	if out, done, err := b.already(tx, c, a); done || err != nil {
		return http.StatusOK, out, err
	}
	_, err = b.actTx(tx, by, c, a, "office.message", locale.Text{MS: "Agensi menulis kepada anda dari sistemnya", EN: "The agency wrote to you from its own system"},
		map[string]any{"their_ref": c.TheirRef, "id": in.ID})
	if err != nil {
		return 0, OfficeKept{}, err
	}
	if err := touchCase(tx, c.Ref, b.now()); err != nil {
		return 0, OfficeKept{}, err
	}
	return http.StatusCreated, b.kept(c, a, created), b.tell(tx, c, "message", text)
}

func digestOf(v any) string {
	text, _ := json.Marshal(v) // plain strings
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

func (b *BackOffice) kept(c Case, a Act, change string) OfficeKept {
	return OfficeKept{Ref: c.Ref, Href: b.answered(c, "").Href, ID: a.TheirID, Change: change}
}

// already tells whether an act came before under the agency's id: with the
// same content it is done, with another it is a conflict.
func (b *BackOffice) already(tx *db.Tx, c Case, a Act) (OfficeKept, bool, error) {
	old, err := actOfTheirs(tx, c.Ref, a.Kind, a.TheirID)
	switch {
	case errors.Is(err, db.ErrNoRows):
		return OfficeKept{}, false, nil
	case err != nil:
		return OfficeKept{}, false, err
	case old.Digest != a.Digest:
		return OfficeKept{}, false, fault.New(fault.Conflict, "backoffice.error.id_reused", "id", a.TheirID)
	}
	return b.kept(c, a, unchanged), true, nil
}

type messageIn struct {
	TheirRef string `path:"their_ref"`
	Body     OfficeMessage
}

type keptOut struct {
	Status int
	Body   OfficeKept
}

func (b *BackOffice) apiMessage(ctx context.Context, in *messageIn) (*keptOut, error) {
	if err := samePath(in.TheirRef, in.Body.TheirRef); err != nil {
		return nil, err
	}
	status, out, err := telling(ctx, b, changeOf,
		func(tx *db.Tx, by actor.Actor) (int, OfficeKept, error) { return b.messageTx(tx, by, in.Body) })
	return &keptOut{status, out}, err
}
