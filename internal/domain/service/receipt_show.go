package service

import (
	"net/http"
	"strconv"
	"strings"

	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/id"
	"balai/internal/spine/web"
)

// leafOf is the journal's leaf of an act of a case; the latest act where none
// is named.
func (p *Part) leafOf(r *http.Request) (leaf string, err error) {
	ref, want := id.NormalRef(r.PathValue("ref")), r.URL.Query().Get("act")
	err = p.DB.Read(r.Context(), func(tx *db.Tx) error {
		acts, err := p.Cases.Acts(tx, ref)
		if err != nil {
			return err
		}
		for _, a := range acts {
			if want == "" || a.ID == want {
				leaf = a.Leaf
			}
		}
		if leaf == "" {
			return fault.New(fault.Missing, "web.error.missing")
		}
		return nil
	})
	return leaf, err
}

// receiptProof serves the C2SP proof that an act is in the public journal. It
// says nothing of the act, so that whoever holds it may pass it on.
func (p *Part) receiptProof(w http.ResponseWriter, r *http.Request) error {
	leaf, err := p.leafOf(r)
	if err != nil {
		return err
	}
	return p.proof(w, r, leaf)
}

func (p *Part) proof(w http.ResponseWriter, r *http.Request, leaf string) error {
	proof, err := p.Journal.Proof(r.Context(), leaf)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Content-Disposition", `inline; filename="`+leaf+`.tlog-proof"`)
	_, err = w.Write(proof)
	return err
}

// receiptRecord serves the record and its salt, with which the holder can show
// what the leaf commits to.
func (p *Part) receiptRecord(w http.ResponseWriter, r *http.Request) error {
	leaf, err := p.leafOf(r)
	if err != nil {
		return err
	}
	if err := p.Look(r.Context(), web.ActorOf(r.Context()), id.NormalRef(r.PathValue("ref"))); err != nil {
		return err
	}
	var body []byte
	err = p.DB.Read(r.Context(), func(tx *db.Tx) error {
		if err := p.unsealed(tx, r); err != nil {
			return err
		}
		e, err := p.Journal.Entry(tx, leaf)
		if err != nil {
			return err
		}
		body, err = e.Receipt()
		return err
	})
	if err != nil {
		return err
	}
	if body == nil {
		return fault.New(fault.Missing, "web.error.missing")
	}
	w.Header().Set("Content-Type", "application/json")
	_, err = w.Write(body)
	return err
}

// unsealed refuses the raw papers and records of a case to an officer from
// whom it hides where somebody is.
func (p *Part) unsealed(tx *db.Tx, r *http.Request) error {
	c, err := p.Cases.Get(tx, id.NormalRef(r.PathValue("ref")))
	if err != nil {
		return err
	}
	sealed, err := p.Protection.Sealed(tx, web.ActorOf(r.Context()), c)
	if err == nil && sealed {
		err = fault.New(fault.Denied, "service.error.sealed")
	}
	return err
}

// fileShow hands out a piece of evidence as a download, in a sandbox of its
// own: what somebody uploaded never runs in the hall's name.
func (p *Part) fileShow(w http.ResponseWriter, r *http.Request) error {
	ref := id.NormalRef(r.PathValue("ref"))
	name, index, ok := strings.Cut(r.PathValue("file"), ".")
	i, err := strconv.Atoi(index)
	if !ok || err != nil || i < 0 {
		return fault.New(fault.Missing, "web.error.missing")
	}
	var f File
	err = p.DB.Read(r.Context(), func(tx *db.Tx) error {
		if err := p.unsealed(tx, r); err != nil {
			return err
		}
		c, err := p.Cases.Get(tx, ref)
		if err != nil {
			return err
		}
		app, err := application(tx, root(c))
		if err != nil {
			return err
		}
		if i >= len(app.Files[name]) {
			return fault.New(fault.Missing, "web.error.missing")
		}
		f = app.Files[name][i]
		return nil
	})
	if err != nil {
		return err
	}
	if err := p.Look(r.Context(), web.ActorOf(r.Context()), ref); err != nil {
		return err
	}
	data, err := p.Blobs.Get(r.Context(), f.SHA)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", f.Type)
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Content-Disposition", `attachment; filename="`+asciiName(f.Name)+`"`)
	_, err = w.Write(data)
	return err
}

// asciiName is a file's name that any browser's header parser takes.
func asciiName(name string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x20 || r > 0x7e || strings.ContainsRune(`"\/;`, r) {
			return '_'
		}
		return r
	}, name)
}
