package bank

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
)

// order is what a merchant asked for under a reference of its own: the same again
// is answered the same and done once.
type order struct {
	merchant, kind, reference string
	digest                    string // of what was asked
	at                        int64
	Outcome
}

// Outcome is what came of an order.
type Outcome struct {
	State         string `json:"state"` // paid | failed
	BankReference string `json:"bank_reference"`
	Reason        string `json:"reason"`
}

func digestOf(asked any) (string, error) {
	text, err := json.Marshal(asked)
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), err
}

// once carries an order out, or finds that it was. do returns a refusal for what
// is kept as failed.
func (b *Bank) once(w http.ResponseWriter, r *http.Request, o order, asked any, do func(tx *db.Tx) (booking string, err error)) error {
	var err error
	if o.digest, err = digestOf(asked); err != nil {
		return err
	}
	made := false
	err = b.db.Write(r.Context(), func(tx *db.Tx) error {
		made = false
		before, known, err := orderBy(tx, o.merchant, o.kind, o.reference)
		if err != nil {
			return err
		}
		if known {
			if before.digest != o.digest {
				return refuse(codeChanged)
			}
			o.Outcome = before.Outcome
			return nil
		}
		o.Outcome, o.at, made = Outcome{State: paid}, clock.Micro(b.now()), true
		o.BankReference, err = do(tx)
		if reason := codeOf(err); reason != "" {
			o.Outcome = Outcome{State: failed, Reason: reason}
		} else if err != nil {
			return err
		}
		return insertOrder(tx, o)
	})
	if err != nil {
		return err
	}
	if made && o.State == paid && b.dial.Load().fate(o.merchant+"/"+o.kind+"/"+o.reference).cut {
		return errCut
	}
	answer(w, http.StatusOK, o.Outcome)
	return nil
}
