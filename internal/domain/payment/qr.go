package payment

import (
	"net/http"

	"balai/internal/spine/emvco"
	"balai/internal/spine/fault"
	"balai/internal/spine/web"
)

// acquirer is that of the sandbox, in its QRs.
const acquirer = "890001"

// payloadOf is what a telephone reads: to whom, how much, and the attempt's
// reference, by which whoever pays, pays this.
func payloadOf(c Collector, a Attempt) string {
	return emvco.DuitNow(acquirer, c.Merchant, c.Name, c.City, a.Amount, a.ID).String()
}

// qr opens an attempt for a telephone, or gives the one that is open.
func (p *Part) qr(w http.ResponseWriter, r *http.Request, k Key) (*problem, error) {
	pay, bad, err := p.look(r, k, "P0200", nil)
	if bad != nil || err != nil {
		return bad, err
	}
	w.Header().Add("Vary", "Accept")
	kind := web.Accepted(r, "application/json", "image/svg+xml", "image/png")
	if kind == "" {
		return &problem{status: http.StatusNotAcceptable, Header: "Accept", Code: "P0006", Description: "A QR is application/json, image/svg+xml or image/png"}, nil
	}
	c, a, err := p.try(r.Context(), pay, QR)
	if fault.CodeOf(err) == fault.Conflict {
		return &problem{status: http.StatusBadRequest, Code: "P0501", Description: "The payment has ended"}, nil
	}
	if err != nil {
		return nil, err
	}
	payload := payloadOf(c, a)
	switch kind {
	case "image/svg+xml":
		return nil, svg(w, payload, "DuitNow QR")
	case "image/png":
		picture, err := emvco.Picture(payload)
		if err != nil {
			return nil, err
		}
		file, err := picture.PNG(8)
		if err != nil {
			return nil, err
		}
		w.Header().Set("Content-Type", "image/png")
		w.Header().Set("Cache-Control", "no-store")
		_, err = w.Write(file)
		return nil, err
	}
	return nil, answer(w, http.StatusOK, PayQR{Payload: payload, Reference: a.ID, Amount: a.Amount, Expires: iso(pay.ExpiresAt)})
}

func svg(w http.ResponseWriter, payload, title string) error {
	picture, err := emvco.Picture(payload)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "image/svg+xml")
	w.Header().Set("Cache-Control", "no-store")
	_, err = w.Write(picture.SVG(title))
	return err
}

// payPicture is the QR of a payment's page.
func (p *Part) payPicture(w http.ResponseWriter, r *http.Request) error {
	t, err := p.paying(r)
	if err != nil {
		return err
	}
	c, a, err := p.try(r.Context(), t.Payment, QR)
	if err != nil {
		return err
	}
	return svg(w, payloadOf(c, a), web.L(r.Context()).T("payment.by.qr"))
}
