package payout

import (
	"mime"
	"net/http"

	"balai/internal/domain/payment"
	"balai/internal/spine/fault"
)

// payoutPost takes a file of an agency's system, once for each Idempotency-Key. Its
// payments wait for two officers.
func (p *Part) payoutPost(w http.ResponseWriter, r *http.Request, k payment.Key) (*PayPayoutProblem, error) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	format := map[string]string{"application/json": JSON, "text/csv": CSV, "application/xml": XML, "text/xml": XML}[kind]
	if err != nil || format == "" {
		return &PayPayoutProblem{status: http.StatusUnsupportedMediaType, Header: "Content-Type", Code: "P1197", Description: "Send application/json, text/csv, or a pain.001 as application/xml"}, nil
	}
	f := File{Agency: k.Agency, Live: k.Live, Format: format, Key: r.Header.Get(keyHeader),
		Reference: r.URL.Query().Get("reference"), Description: r.URL.Query().Get("description")}
	if len(f.Key) > 255 {
		return keyTooLong, nil
	}
	done, err := p.Desk.Upload(w, r, k.Agency, k.Live)
	if f, ok := fault.As(err); ok {
		return &PayPayoutProblem{status: f.Status(), Code: "P1105", Description: p.english().T(f.Key, f.Args...)}, nil
	}
	defer done()
	f.Body = r.Body
	b, no, err := p.Take(r.Context(), f)
	if fault.CodeOf(err) == fault.Invalid {
		return invalid("file", "It holds text that cannot be kept"), nil
	}
	if err != nil {
		return nil, err
	}
	if no != nil {
		return p.problem(no), nil
	}
	o := p.out(b, Tally{})
	w.Header().Set("Location", o.Links.Self.Href)
	return nil, answerJSON(w, http.StatusCreated, o)
}
