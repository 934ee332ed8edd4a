package op

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"balai/internal/spine/actor"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/locale"
	"balai/internal/spine/web"
	"balai/internal/ui"
	"github.com/luikyv/go-oidc/pkg/goidc"
)

// An agreement is one line of the page of consents: what one program may do, for
// the person or for one for whom they act, with or without asking them.
type agreement struct {
	ID, Client, Agency, What string
	For, Name                string // whom they act for; "" is themself
	Since                    string
	Remembered               string // until when it does not ask, "" where it asks
	Reads                    string // until when it reads with nobody there, "" where it does not
	Others                   bool   // somebody who acts for the person let it in
}

// A tie is what stands between a person and one program, by one principal.
type tie struct {
	client, principal        string
	scopes                   []string
	since, remembered, reads int64
	others                   bool
}

// tiesTx gathers what a person let programs know without being asked again, and
// what programs hold of them: a yes that was not to be remembered stands, too,
// as long as the program can come again by itself.
func (o *OP) tiesTx(tx *db.Tx, person string) ([]tie, error) {
	agreed, err := consentsOf(tx, person, o.now())
	if err != nil {
		return nil, err
	}
	var out []tie
	add := func(t tie) {
		i := slices.IndexFunc(out, func(x tie) bool { return x.client == t.client && x.principal == t.principal })
		if i < 0 {
			out = append(out, t)
			return
		}
		x := &out[i]
		x.since, x.remembered, x.reads, x.others = min(x.since, t.since), max(x.remembered, t.remembered), max(x.reads, t.reads), x.others || t.others
		for _, s := range t.scopes {
			if !slices.Contains(x.scopes, s) {
				x.scopes = append(x.scopes, s)
			}
		}
	}
	for _, c := range agreed {
		add(tie{client: c.Client, principal: c.Principal, scopes: c.Scopes, since: c.MadeAt, remembered: c.UntilAt})
	}
	held, err := grantsWhere(tx, "person", person)
	if err != nil {
		return nil, err
	}
	for _, h := range held {
		var g goidc.Grant
		if err := json.Unmarshal([]byte(h.Data), &g); err != nil {
			return nil, err
		}
		if h.Realm != Citizen || micro(g.ExpiresAtTimestamp) <= o.now() {
			continue
		}
		by := givenOf(g.Store).Delegate
		add(tie{client: h.Client, principal: h.Person, scopes: told(g.Scopes), since: micro(g.CreatedAtTimestamp), reads: micro(g.ExpiresAtTimestamp), others: by != "" && by != person})
	}
	slices.SortStableFunc(out, func(a, b tie) int { return int(b.since/1_000_000 - a.since/1_000_000) })
	return out, nil
}

// lineTx is a tie in words; false where there is nothing left to tell of it.
func (o *OP) lineTx(tx *db.Tx, l locale.Printer, a actor.Actor, t tie) (agreement, bool, error) {
	client, err := ClientByID(tx, t.client)
	if err != nil {
		if fault.CodeOf(err) == fault.Missing {
			err = nil
		}
		return agreement{}, false, err
	}
	agency, err := o.directory.AgencyName(tx, client.Agency)
	if err != nil {
		return agreement{}, false, err
	}
	line := agreement{ID: t.client, Client: l.Pick(client.Name), Agency: l.Pick(agency), Since: l.Date(clockTime(t.since)), Others: t.others}
	if t.remembered > 0 {
		line.Remembered = l.Date(clockTime(t.remembered))
	}
	if t.reads > 0 {
		line.Reads = l.Date(clockTime(t.reads))
	}
	if t.principal != a.Person {
		line.For = t.principal
		if line.Name, err = o.principalName(tx, a.Person, t.principal); err != nil || line.Name == "" {
			return line, false, err // the right to act has ended, and the answer says nothing
		}
	}
	var words []string
	for _, s := range t.scopes {
		words = append(words, l.T("op.scope."+s))
	}
	if line.What = strings.Join(words, ", "); line.What == "" {
		line.What = l.T("op.consents.nothing")
	}
	return line, true, nil
}

func (o *OP) consentsPage(w http.ResponseWriter, req *http.Request) error {
	l, a := web.L(req.Context()), web.ActorOf(req.Context())
	var list []agreement
	err := o.db.Read(req.Context(), func(tx *db.Tx) error {
		list = list[:0]
		ties, err := o.tiesTx(tx, a.Person)
		if err != nil {
			return err
		}
		for _, t := range ties {
			line, there, err := o.lineTx(tx, l, a, t)
			if err != nil {
				return err
			}
			if there {
				list = append(list, line)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	page := ui.NewPage(req, l.T("op.consents.title"))
	page.Before = ui.BackLink(ui.BackLinkProps{Href: "/me"})
	return web.Render(w, req, http.StatusOK, consentsView(page, list, req.URL.Query().Get("withdrawn") != ""))
}
