package certificate

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/locale"
)

// Verification is what anybody who holds a code may know: whether the
// certificate stands, and the values to compare with the paper. It never names
// the certificate that took its place: that code opens other values.
type Verification struct {
	Code      string      `json:"code"`
	State     State       `json:"state" enum:"issued,revoked,replaced"`
	Type      string      `json:"type"`
	Title     locale.Text `json:"title"`
	Number    string      `json:"number,omitempty"`
	Agency    string      `json:"agency"`
	IssuedAt  time.Time   `json:"issued_at"`
	EndedAt   *time.Time  `json:"ended_at,omitempty" doc:"When it was revoked or replaced"`
	Automatic bool        `json:"automatic" doc:"Decided by the rules, with no person acting"`
	Specimen  bool        `json:"specimen" doc:"Of a demo country: not an official document"`
	Values    []Compared  `json:"values" doc:"To compare with the paper; identity numbers are masked; none where somebody it is about is protected"`
	SHA256    string      `json:"sha256,omitempty" doc:"Of the PDF file, once it is made"`
}

// Compared is one value to compare.
type Compared struct {
	Label locale.Text `json:"label"`
	Value locale.Text `json:"value"`
}

func verification(c Certificate) Verification {
	v := Verification{
		Code: c.Code, State: c.State, Type: c.Type, Title: c.Title, Number: c.Number, Agency: c.Agency,
		IssuedAt: clock.FromMicro(c.IssuedAt), Automatic: c.Automatic, Specimen: c.Specimen, SHA256: c.SHA256, Values: []Compared{},
	}
	if c.State != Issued {
		at := clock.FromMicro(c.EndedAt)
		v.EndedAt = &at
	}
	for _, r := range c.Compared() {
		v.Values = append(v.Values, Compared{Label: r.Label, Value: r.Value})
	}
	return v
}

// byCode does the same work for any code: one look-up by key, and one for each
// person it is about.
func (x *Certificates) byCode(ctx context.Context, code string) (c Certificate, err error) {
	err = x.db.Read(ctx, func(tx *db.Tx) (err error) {
		if c, err = x.Get(tx, normal(code)); err != nil || x.shield == nil {
			return err
		}
		for _, person := range append([]string{c.Applicant}, c.Subjects...) {
			on, err := x.shield.Protected(tx, person)
			if err != nil {
				return err
			}
			c.Withheld = c.Withheld || on
		}
		return nil
	})
	return c, err
}

type verifyIn struct {
	Code string `path:"code" maxLength:"64" doc:"The code on the certificate, as people type it"`
}

type verifyOut struct{ Body Verification }

func (x *Certificates) verifyAPI(ctx context.Context, in *verifyIn) (*verifyOut, error) {
	c, err := x.byCode(ctx, in.Code)
	if err != nil {
		return nil, err
	}
	return &verifyOut{Body: verification(c)}, nil
}

// keys publishes the keys for programs that verify files without us.
func (x *Certificates) keys(w http.ResponseWriter, _ *http.Request) error {
	w.Header().Set("Content-Type", "application/jwk-set+json")
	w.Header().Set("Cache-Control", "public, max-age=300")
	w.Header().Set("Access-Control-Allow-Origin", "*")
	return json.NewEncoder(w).Encode(x.signer.JWKS())
}
