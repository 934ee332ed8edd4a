package party

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"balai/internal/domain/identity/op"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/locale"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

// A line is one program in the list.
type line struct{ ID, Name, State, Note string }

// A sheet is one program on its page.
type sheet struct {
	Client  op.Client // as it is served
	Trial   op.Client // as its team wrote it last
	Checks  []Check
	Ready   bool
	Owner   bool // the reader decides
	Self    bool // the reader wrote it last
	Issuer  string
	Secret  Secret // of a program that has just been registered
	Facts   []fact
	Changed bool
	Sandbox string // the issuer where it is tried, "" where there is none
}

// A blank is the form with what was typed.
type blank struct {
	Action  string
	ID      string
	Profile string // "" where it can be chosen
	In      Input
	Version int64
	Laws    []ui.SelectItem
	Errors  map[string]string
	Problem []ui.Problem
}

func (p *Party) list(w http.ResponseWriter, r *http.Request) error {
	l, a := web.L(r.Context()), web.ActorOf(r.Context())
	var lines []line
	err := p.DB.Read(r.Context(), func(tx *db.Tx) error {
		all, err := op.ClientsOf(tx, a.Agency)
		lines = lines[:0]
		for _, c := range all {
			n := line{ID: c.ID, Name: l.Pick(title(c)), State: c.State, Note: l.T("party.profile." + c.Profile)}
			if c.Asked {
				n.Note += " · " + l.T("party.asked")
			}
			if c.Returned != "" {
				n.Note += " · " + l.T("party.returned.note")
			}
			lines = append(lines, n)
		}
		return err
	})
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, listView(ui.NewPage(r, l.T("party.title")), lines))
}

func (p *Party) newPage(w http.ResponseWriter, r *http.Request) error {
	return p.form(w, r, http.StatusOK, blank{Action: "/apps", In: Input{Profile: op.Citizen}}, nil)
}

// form shows the form with what is wrong beside each field.
func (p *Party) form(w http.ResponseWriter, r *http.Request, status int, b blank, err error) error {
	l := web.L(r.Context())
	f, bad := fault.As(err)
	if err != nil && (!bad || f.Code != fault.Invalid) {
		return err
	}
	b.Laws = p.laws(l)
	b.Errors = map[string]string{}
	if bad {
		status = f.Status()
		for _, x := range f.Fields {
			b.Errors[x.Location] = l.T(x.Key, x.Args...)
			b.Problem = append(b.Problem, ui.Problem{Href: "#" + x.Location, Text: l.T(x.Key, x.Args...)})
		}
	}
	page := ui.NewPage(r, l.T("party.new.title"))
	if b.ID != "" {
		page = ui.NewPage(r, l.T("party.change.title"))
	}
	page.Error = bad
	page.Before = ui.BackLink(ui.BackLinkProps{Href: "/apps"})
	return web.Render(w, r, status, formView(page, b))
}

// laws are what a scope can stand on, as a list to choose from.
func (p *Party) laws(l locale.Printer) []ui.SelectItem {
	out := []ui.SelectItem{{Value: "consent", Text: l.T("party.basis.consent")}}
	for _, code := range p.Laws.Codes() {
		name, _ := p.Laws.Law(code)
		out = append(out, ui.SelectItem{Value: code, Text: l.Pick(name)})
	}
	return out
}

// read takes the form's fields.
func read(r *http.Request) Input {
	v := func(name string) string { return strings.TrimSpace(r.PostFormValue(name)) }
	in := Input{Profile: v("profile"), Name: locale.Text{MS: v("name_ms"), EN: v("name_en")}, Purpose: locale.Text{MS: v("purpose_ms"), EN: v("purpose_en")},
		Redirects: strings.Fields(v("redirect_uris")), SignedOut: strings.Fields(v("signed_out")), Logout: v("logout"), JWKS: v("jwks")}
	in.Encrypt, in.Machine, in.Calls = v("encrypt"), v("machine") != "", v("calls") != ""
	in.IAL, _ = strconv.Atoi(v("ial")) // a choice of ours; anything else is none
	in.AAL, _ = strconv.Atoi(v("aal"))
	in.IAL, in.AAL = min(max(in.IAL, 0), 3), min(max(in.AAL, 0), 2)
	for _, s := range op.PersonScopes {
		if slices.Contains(r.PostForm["scopes"], s) {
			in.Scopes = append(in.Scopes, op.Wanted{Scope: s, Basis: v("basis_" + s)})
		}
	}
	if in.Profile == op.Staff {
		in.Scopes, in.Encrypt, in.Machine, in.Calls = nil, "", false, false
	}
	return in
}

func (p *Party) register(w http.ResponseWriter, r *http.Request) error {
	a := web.ActorOf(r.Context())
	if err := r.ParseForm(); err != nil {
		return fault.New(fault.Invalid, "party.error.fields")
	}
	in := read(r)
	c, s, err := p.newClient(a, in)
	if err == nil {
		err = p.DB.Write(r.Context(), func(tx *db.Tx) error { return p.registerTx(tx, a, c) })
	}
	if err != nil {
		return p.form(w, r, http.StatusOK, blank{Action: "/apps", In: in}, err)
	}
	c.Version = 1
	// The key is on this one answer and nowhere else, so the page follows at once.
	return p.sheet(w, r, c, s)
}

func (p *Party) show(w http.ResponseWriter, r *http.Request) error {
	c, err := p.read(r)
	if err != nil {
		return err
	}
	return p.sheet(w, r, c, Secret{})
}

func (p *Party) read(r *http.Request) (c op.Client, err error) {
	err = p.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		c, err = p.ofTx(tx, web.ActorOf(r.Context()), r.PathValue("app"))
		return err
	})
	return c, err
}

func (p *Party) sheet(w http.ResponseWriter, r *http.Request, c op.Client, secret Secret) error {
	l, a := web.L(r.Context()), web.ActorOf(r.Context())
	t := c.Trial()
	var checks []Check
	err := p.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		checks, err = p.checksTx(tx, t)
		return err
	})
	if err != nil {
		return err
	}
	s := sheet{Client: c, Trial: t, Checks: checks, Owner: owner(a), Self: c.ChangedBy == a.Person, Issuer: p.issuer(c), Secret: secret, Changed: c.Draft != nil}
	s.Ready = ready(s.Checks)
	if c.Profile == op.Citizen {
		s.Sandbox = p.Clients.Issuer(op.Sandbox)
	}
	s.Facts = p.facts(l, t)
	if c.Draft != nil {
		s.Facts = compared(s.Facts, p.facts(l, c))
	}
	page := ui.NewPage(r, l.Pick(title(t)))
	page.Before = ui.BackLink(ui.BackLinkProps{Href: "/apps"})
	return web.Render(w, r, http.StatusOK, sheetView(page, s))
}

func (p *Party) changePage(w http.ResponseWriter, r *http.Request) error {
	c, err := p.read(r)
	if err != nil {
		return err
	}
	in := inputOf(c.Trial())
	if c.Trial().Made {
		in.JWKS = ""
	}
	return p.form(w, r, http.StatusOK, blank{Action: "/apps/" + c.ID, ID: c.ID, Profile: c.Profile, In: in, Version: c.Version}, nil)
}

func (p *Party) change(w http.ResponseWriter, r *http.Request) error {
	a, id := web.ActorOf(r.Context()), r.PathValue("app")
	if err := r.ParseForm(); err != nil {
		return fault.New(fault.Invalid, "party.error.fields")
	}
	in := read(r)
	version, _ := strconv.ParseInt(r.PostFormValue("version"), 10, 64) // 0 asks for none
	var c op.Client
	err := p.DB.Write(r.Context(), func(tx *db.Tx) (err error) {
		c, err = p.changeTx(tx, a, id, version, in)
		return err
	})
	if err != nil {
		in.Profile = c.Profile
		return p.form(w, r, http.StatusOK, blank{Action: "/apps/" + id, ID: id, Profile: c.Profile, In: in, Version: version}, err)
	}
	return web.SeeOther(w, r, "/apps/"+id)
}

// do carries an act out and shows the program again.
func (p *Party) do(w http.ResponseWriter, r *http.Request, act func(tx *db.Tx) error) error {
	if err := p.DB.Write(r.Context(), act); err != nil {
		return err
	}
	return web.SeeOther(w, r, "/apps/"+r.PathValue("app"))
}

func (p *Party) ask(w http.ResponseWriter, r *http.Request) error {
	return p.do(w, r, func(tx *db.Tx) error { return p.askTx(tx, web.ActorOf(r.Context()), r.PathValue("app")) })
}

func (p *Party) approve(w http.ResponseWriter, r *http.Request) error {
	version, _ := strconv.ParseInt(r.PostFormValue("version"), 10, 64) // none is a conflict
	return p.do(w, r, func(tx *db.Tx) error {
		return p.approveTx(tx, web.ActorOf(r.Context()), r.PathValue("app"), version, r.PostFormValue("own") != "")
	})
}

func (p *Party) giveBack(w http.ResponseWriter, r *http.Request) error {
	version, _ := strconv.ParseInt(r.PostFormValue("version"), 10, 64) // none is a conflict
	return p.do(w, r, func(tx *db.Tx) error {
		return p.returnTx(tx, web.ActorOf(r.Context()), r.PathValue("app"), version, strings.TrimSpace(r.PostFormValue("reason")))
	})
}

func (p *Party) discard(w http.ResponseWriter, r *http.Request) error {
	return p.do(w, r, func(tx *db.Tx) error { return p.discardTx(tx, web.ActorOf(r.Context()), r.PathValue("app")) })
}

func (p *Party) suspend(w http.ResponseWriter, r *http.Request) error {
	return p.do(w, r, func(tx *db.Tx) error { return p.suspendTx(tx, web.ActorOf(r.Context()), r.PathValue("app")) })
}

func (p *Party) resume(w http.ResponseWriter, r *http.Request) error {
	return p.do(w, r, func(tx *db.Tx) error { return p.resumeTx(tx, web.ActorOf(r.Context()), r.PathValue("app")) })
}
