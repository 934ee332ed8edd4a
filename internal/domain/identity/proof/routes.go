package proof

import (
	"bytes"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"balai/internal/spine/fault"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

// Routes is the part's map.
func (p *Proof) Routes() []web.Route {
	open := func(method, path string, h web.Handler) web.Route {
		return web.Route{Method: method, Pattern: path, Policy: "proof.enrol", MaxBody: mostBytes, Handler: h}
	}
	serving := func(method, path string, h web.Handler) web.Route {
		return web.Route{Method: method, Pattern: "/counter/enrol" + path, Policy: "proof.record", SignIn: true, MaxBody: mostBytes, Handler: h}
	}
	second := func(method, path string, h web.Handler) web.Route {
		return web.Route{Method: method, Pattern: "/counter/enrolments" + path, Policy: "proof.approve", SignIn: true, MaxBody: mostBytes, Handler: h}
	}
	return []web.Route{
		open("GET", "/enrol", p.enrolForm),
		open("POST", "/enrol", p.enrolAsk),
		open("GET", "/enrol/sent", p.enrolSent),
		open("GET", "/activate", p.activateForm),
		open("POST", "/activate", p.activateUse),
		open("GET", "/static/proof/activate.js", p.serveScript),
		{Method: "GET", Pattern: "/me/identity", Policy: "proof.own", SignIn: true, Handler: p.mineShow},
		serving("GET", "", p.recordForm),
		serving("POST", "", p.recordSave),
		serving("POST", "/withdraw", p.recordWithdraw),
		serving("POST", "/sheet", p.sheetGive),
		serving("POST", "/card", p.cardGive),
		second("GET", "", p.secondList),
		second("GET", "/{id}", p.secondShow),
		second("POST", "/{id}/approve", p.secondApprove),
		second("POST", "/{id}/refuse", p.secondRefuse),
	}
}

const (
	mostBytes = 16 << 10
	// minuteTries is what one sender may ask or try in a minute: enough for a
	// family at one address, and little for a machine.
	minuteTries = 20
)

// form reads what was sent.
func form(r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return fault.New(fault.Invalid, "web.error.invalid").Wrap(err)
	}
	return nil
}

// typed is one line of what was typed, without what nobody can see.
func typed(r *http.Request, name string) string {
	s := strings.Map(func(c rune) rune {
		if c < 0x20 || c == 0x7f {
			return ' '
		}
		return c
	}, strings.ToValidUTF8(r.PostForm.Get(name), ""))
	if runes := []rune(strings.TrimSpace(s)); len(runes) > 150 {
		return string(runes[:150])
	}
	return strings.TrimSpace(s)
}

// few refuses a sender who asks or tries too often. Their address is counted
// and not kept; who has one IPv6 address has its whole /64.
func (p *Proof) few(r *http.Request, what string) error {
	from := r.RemoteAddr
	if peer, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
		a := peer.Addr().Unmap()
		from = a.String()
		if a.Is6() {
			from = netip.PrefixFrom(a.WithZone(""), 64).Masked().String()
		}
	}
	ok, err := p.Meter.Minute(r.Context(), "proof."+what+" "+from, minuteTries)
	if err == nil && !ok {
		err = fault.TooMuch(time.Minute, "proof.error.often")
	}
	return err
}

// turnAway is the honest page of the queue: how long, and what happens then. A
// page that was only looked at loads itself again; what was typed stays in the
// form, and is sent by a press.
func (p *Proof) turnAway(w http.ResponseWriter, r *http.Request, wait time.Duration, v askView) error {
	seconds := strconv.Itoa(int(wait / time.Second))
	w.Header().Set("Retry-After", seconds)
	if r.Method == http.MethodGet {
		w.Header().Set("Refresh", seconds)
	}
	page := ui.NewPage(r, web.L(r.Context()).T("proof.queue.title"))
	return web.Render(w, r, http.StatusServiceUnavailable, queuePage(page, queueView{Seconds: int(wait / time.Second), Path: r.URL.Path, Ask: v, Posted: r.Method != http.MethodGet}))
}

// pdf gives a paper to print. It is made for this once and kept nowhere.
func pdf(w http.ResponseWriter, name string, file []byte) error {
	h := w.Header()
	h.Set("Content-Type", "application/pdf")
	h.Set("Content-Length", strconv.Itoa(len(file)))
	h.Set("Content-Disposition", `inline; filename="`+name+`.pdf"`)
	_, err := bytes.NewReader(file).WriteTo(w)
	return err
}
