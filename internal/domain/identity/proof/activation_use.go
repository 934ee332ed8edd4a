package proof

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"net/http"

	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/secret"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

// script takes the code out of the address's fragment, which no server is sent,
// and puts it into the form.
//
//go:embed activate.js
var script []byte

// scriptPath changes with the script, so that browsers may keep it for ever.
func scriptPath() string {
	s := sha256.Sum256(script)
	return "/static/proof/activate.js?v=" + hex.EncodeToString(s[:5])
}

func (p *Proof) serveScript(w http.ResponseWriter, _ *http.Request) error {
	w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	_, err := w.Write(script)
	return err
}

func (p *Proof) activateForm(w http.ResponseWriter, r *http.Request) error {
	if wait := p.gate.full(); wait > 0 {
		return p.turnAway(w, r, wait, askView{})
	}
	return p.activateRender(w, r, askView{}, http.StatusOK)
}

func (p *Proof) activateRender(w http.ResponseWriter, r *http.Request, v askView, status int) error {
	page := ui.NewPage(r, web.L(r.Context()).T("proof.activate.title"))
	page.Error, v.Script = len(v.Problems) > 0, scriptPath()
	return web.Render(w, r, status, activatePage(page, v))
}

// activateUse signs in who has the code that was given to them. What is wrong is
// never told apart, and takes as long.
func (p *Proof) activateUse(w http.ResponseWriter, r *http.Request) error {
	if err := form(r); err != nil {
		return err
	}
	v := askView{Number: typed(r, "number"), Code: secret.Typed(typed(r, "code"))}
	if v.Number == "" {
		v.wrong(r, "number", "proof.error.number")
	}
	if v.Code == "" {
		v.wrong(r, "code", "proof.error.code_missing")
	}
	if len(v.Problems) > 0 {
		return p.activateRender(w, r, v, fault.Status(fault.Invalid))
	}
	leave, wait := p.gate.enter()
	if leave == nil {
		return p.turnAway(w, r, wait, v)
	}
	defer leave()
	if err := p.few(r, "activate"); err != nil {
		return err
	}
	person, ok, err := p.Use(r.Context(), v.Number, v.Code)
	if err != nil {
		return err
	}
	if !ok {
		v.wrong(r, "code", "proof.error.code")
		return p.activateRender(w, r, v, fault.Status(fault.Invalid))
	}
	to, err := p.Door.Admit(w, r, person)
	if err != nil {
		return err
	}
	return web.SeeOther(w, r, to)
}

// Use uses up the code of whom the number is; the code is hashed before the act.
func (p *Proof) Use(ctx context.Context, number, code string) (person string, ok bool, err error) {
	var a Activation
	err = p.DB.Read(ctx, func(tx *db.Tx) (err error) {
		person, err = p.People.ByIDNumber(tx, number)
		if err != nil && fault.CodeOf(err) != fault.Missing {
			return err
		}
		a, _, err = liveActivation(tx, person)
		return err
	})
	if err != nil {
		return "", false, err
	}
	ok, err = p.use(ctx, person, code, a, false)
	return person, ok, err
}

func (p *Proof) use(ctx context.Context, person, code string, a Activation, recovering bool) (ok bool, err error) {
	hash := sealed(secret.Typed(code), a.Salt)
	err = p.DB.Write(ctx, func(tx *db.Tx) (err error) {
		ok, err = p.useTx(tx, person, a.ID, hash, recovering)
		return err
	})
	return ok, err
}

// Recover uses up a code that two officers gave a person, as one of the paths by
// which they recover their account. It opens nothing by itself.
func (p *Proof) Recover(ctx context.Context, person, code string) (ok bool, err error) {
	var a Activation
	err = p.DB.Read(ctx, func(tx *db.Tx) (err error) {
		a, _, err = liveActivation(tx, person)
		return err
	})
	if err != nil {
		return false, err
	}
	return p.use(ctx, person, code, a, true)
}
