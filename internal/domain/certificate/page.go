package certificate

import (
	"net/http"
	"net/url"
	"strings"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/id"
	"balai/internal/spine/locale"
	"balai/internal/spine/qrcode"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

// show serves the owner's page or, under .pdf, the file.
func (x *Certificates) show(w http.ResponseWriter, r *http.Request) error {
	code, file := codeOf(r)
	c, err := x.byCode(r.Context(), code)
	if err != nil {
		return err
	}
	if a := web.ActorOf(r.Context()); a.Acting() {
		err := x.db.Write(r.Context(), func(tx *db.Tx) error {
			return x.journal.Look(tx, a, c.Case, []string{c.Applicant}, locale.Text{
				MS: "Membuka sijil bagi pihak anda: " + c.Title.MS, EN: "Opened a certificate for you: " + c.Title.EN}, "")
		})
		if err != nil {
			return err
		}
	}
	if file {
		return x.pdf(w, r, c)
	}
	l := web.L(r.Context())
	p := ui.NewPage(r, l.Pick(c.Title))
	p.Paper = true
	return web.Render(w, r, http.StatusOK, certificatePage(p, sheetOf(l, c, x.base)))
}

// verifyForm asks for a code, and leads to its page: the address of a code is
// the same whether it was typed or scanned.
func (x *Certificates) verifyForm(w http.ResponseWriter, r *http.Request) error {
	typed := strings.TrimSpace(r.URL.Query().Get("code"))
	l := web.L(r.Context())
	p := ui.NewPage(r, l.T("certificate.verify.title"))
	p.Public, p.Lead = true, l.T("certificate.verify.lead")
	problem := ""
	if typed != "" || r.URL.Query().Has("code") {
		code := normal(typed)
		if !strings.HasPrefix(code, codePrefix) && id.ValidRef(normal(codePrefix+"-"+typed)) {
			code = normal(codePrefix + "-" + typed)
		}
		if id.ValidRef(code) {
			return web.SeeOther(w, r, VerifyPath(url.PathEscape(code)))
		}
		problem = l.T("certificate.verify.mistyped")
		if typed == "" {
			problem = l.T("certificate.verify.empty")
		}
		p.Error = true
	}
	status := http.StatusOK
	if problem != "" {
		status = fault.Status(fault.Invalid)
	}
	return web.Render(w, r, status, verifyFormPage(p, typed, problem))
}

// verifyCode shows anybody whether a certificate stands.
func (x *Certificates) verifyCode(w http.ResponseWriter, r *http.Request) error {
	l := web.L(r.Context())
	p := ui.NewPage(r, l.T("certificate.verify.title"))
	c, err := x.byCode(r.Context(), r.PathValue("code"))
	if fault.CodeOf(err) == fault.Missing {
		p.Title = l.T("certificate.verify.absent")
		return web.Render(w, r, http.StatusNotFound, verifyAbsentPage(p, normal(r.PathValue("code"))))
	}
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, verifyPage(p, sheetOf(l, c, x.base)))
}

// A sheet is a certificate in one language, as the pages show it.
type sheet struct {
	Certificate
	Heading, English string // the title in the page's language, and in the other
	Agency           string
	Law              string
	Issued, Ended    string
	Rows             []line
	Compared         []line
	Notes            []string
	Verify           string // the address that the QR code says
	QR               qrcode.Picture
}

type line struct{ Label, Value string }

func sheetOf(l locale.Printer, c Certificate, base string) sheet {
	other := locale.English
	if l.Lang() == locale.English {
		other = locale.Malay
	}
	s := sheet{
		Certificate: c, Heading: l.Pick(c.Title), English: c.Title.In(other), Agency: l.Pick(c.AgencyName), Law: l.Pick(c.Law),
		Issued: l.Date(clock.FromMicro(c.IssuedAt)), Verify: base + VerifyPath(c.Code),
	}
	if c.EndedAt > 0 {
		s.Ended = l.Date(clock.FromMicro(c.EndedAt))
	}
	for _, r := range c.Payload.Rows {
		s.Rows = append(s.Rows, line{l.Pick(r.Label), l.Pick(r.Value)})
	}
	for _, r := range c.Compared() {
		s.Compared = append(s.Compared, line{l.Pick(r.Label), l.Pick(r.Value)})
	}
	for _, n := range c.Payload.Notes {
		s.Notes = append(s.Notes, l.Pick(n))
	}
	s.QR, _ = qrcode.Draw(s.Verify)
	return s
}
