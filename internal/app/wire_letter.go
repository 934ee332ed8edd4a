package app

import (
	"balai/internal/domain/certificate"
	"balai/internal/domain/letter"
	"balai/internal/domain/register"
	"balai/internal/spine/db"
)

// homes tells the letters where people live.
type homes struct{ *register.Register }

func (h homes) AddressOf(tx *db.Tx, person string) (letter.Address, error) {
	p, err := h.PostalOf(tx, person)
	return letter.Address{Name: p.Name, Line: p.Line, Postcode: p.Postcode, City: p.City, Region: p.State}, err
}

// printed are the certificates that a counter may print.
type printed struct{ h *Hall }

func (p printed) OfCase(tx *db.Tx, ref string) ([]letter.Paper, error) {
	list, err := p.h.certificate.ForCase(tx, ref)
	var out []letter.Paper
	for _, c := range list {
		if c.State == certificate.Issued {
			out = append(out, letter.Paper{Code: c.Code, Title: c.Title, Ready: c.Ready(), File: c.SHA256})
		}
	}
	return out, err
}
