package app

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"

	"balai/internal/domain/identity/op"
	"balai/internal/spine/db"
	"balai/internal/spine/hook"
	"balai/internal/spine/locale"
	"balai/internal/spine/outbox"
	"balai/internal/spine/secret"
)

// box seals secrets of one purpose with the hall's own key.
func (h *Hall) box(purpose string) (*secret.Box, error) { return secret.NewBox(h.master, purpose) }

func (h *Hall) newOP() (*op.OP, error) {
	box, err := h.box("op")
	if err != nil {
		return nil, err
	}
	return op.New(op.Options{DB: h.db, Clock: h.clock, IDs: h.ids, Journal: h.journal, Outbox: h.outbox, Box: box,
		People: persons{h}, Delegations: rights{h}, Directory: persons{h}, Caller: programs{h.hook}, Door: h.sessions, Notices: h.notify, Meter: h.meter, BaseURL: h.cfg.Get("base-url"), Demo: h.cfg.Demo, Log: h.log})
}

// persons lets the OpenID provider tell a program what a person let it know.
type persons struct{ h *Hall }

func (p persons) NameOf(tx *db.Tx, person string) (string, error) {
	return p.h.register.NameOf(tx, person)
}

// Claims are a person's values by the names of OpenID Connect Core 1.0, 5.1.
func (p persons) Claims(tx *db.Tx, person string, scopes []string) (map[string]any, error) {
	if claims, ok, err := p.h.company(tx, person, scopes); ok || err != nil {
		return claims, err
	}
	i, err := p.h.register.IdentityOf(tx, person)
	if err != nil {
		return nil, err
	}
	out := map[string]any{}
	put := func(name, value string) {
		if value != "" {
			out[name] = value
		}
	}
	for _, s := range scopes {
		switch s {
		case "profile":
			put("name", i.Name)
			put("gender", i.Sex)
		case "birth":
			put("birthdate", i.BornOn)
		case "phone":
			put("phone_number", i.Phone)
		case "mykad":
			put("mykad_number", i.IDNumber)
		case "email":
			if i.Mail != "" {
				out["email"], out["email_verified"] = i.Mail, true
			}
		case "address":
			if i.Address != "" {
				out["address"] = map[string]string{"formatted": i.Address + "\n" + i.Postcode + " " + i.City,
					"street_address": i.Address, "postal_code": i.Postcode, "locality": i.City, "country": "MY"}
			}
		}
	}
	return out, nil
}

// Hidden tells whether an order protects a person; a company is in public books.
func (p persons) Hidden(tx *db.Tx, person string) (bool, error) {
	return p.h.register.Hidden(tx, person)
}

// Level is computed from evidence each time that it is asked for.
func (p persons) Level(tx *db.Tx, person string, at int64) (int, error) {
	return p.h.proof.Level(tx, person, at)
}

func (p persons) Suspended(tx *db.Tx, person string) (bool, error) {
	return p.h.identity.Suspended(tx, person)
}

func (p persons) ByIDNumber(tx *db.Tx, number string) (string, error) {
	return p.h.register.ByIDNumber(tx, number)
}

func (p persons) AgencyName(tx *db.Tx, id string) (locale.Text, error) {
	a, err := p.h.directory.Agency(tx, id)
	return a.Name, err
}

// programs tells agencies' programs that somebody signed out.
type programs struct{ *hook.Caller }

func (p programs) PostForm(ctx context.Context, address string, form map[string]string) error {
	values := url.Values{}
	for k, v := range form {
		values.Set(k, v)
	}
	status, wait, err := p.Post(ctx, address, http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, []byte(values.Encode()))
	switch {
	case err != nil:
		return err
	case wait > 0:
		return outbox.Later(wait)
	case status/100 != 2:
		return fmt.Errorf("%s answered %d", hook.Place(address), status)
	}
	return nil
}

// Law names a law on which a program learns something.
func (p persons) Law(code string) (locale.Text, bool) { return statutes(p).Law(code) }

// statutes are the laws of the catalogue's table.
type statutes struct{ h *Hall }

func (s statutes) Law(code string) (locale.Text, bool) {
	l, ok := s.h.service.Law(code)
	return l.Title, ok
}

func (s statutes) Codes() []string { return slices.Sorted(maps.Keys(s.h.service.Laws())) }
