package party

import (
	"context"
	"strings"

	"balai/internal/domain/identity/op"
	"balai/internal/spine/db"
	"balai/internal/spine/web"
)

// An App is a program as the API tells it.
type App struct {
	ID       string    `json:"client_id"`
	Profile  string    `json:"profile" enum:"citizen,staff"`
	State    string    `json:"state" enum:"sandbox,live,suspended"`
	Version  int64     `json:"version" doc:"Grows with each change; an approval names the one that was read."`
	Issuer   string    `json:"issuer" doc:"The provider that serves it now."`
	Asked    bool      `json:"asked" doc:"Its team wants it live."`
	Returned string    `json:"returned,omitempty" doc:"Why it was sent back."`
	Changed  bool      `json:"changed" doc:"It is live, and what its team has written since is not."`
	Input    Input     `json:"input" doc:"As its team wrote it last."`
	Checks   []Checked `json:"checks"`
}

// Checked is one thing that has to be so before a program goes live.
type Checked struct {
	Check string `json:"check"`
	OK    bool   `json:"ok"`
	Do    string `json:"do,omitempty" doc:"What to do, in the caller's language."`
	Ask   string `json:"ask,omitempty" doc:"What whoever approves is asked."`
}

func (p *Party) app(ctx context.Context, tx *db.Tx, c op.Client) (App, error) {
	t := c.Trial()
	checks, err := p.checksTx(tx, t)
	if err != nil {
		return App{}, err
	}
	out := App{ID: c.ID, Profile: c.Profile, State: c.State, Version: c.Version, Issuer: p.issuer(c), Asked: c.Asked, Returned: c.Returned, Changed: c.Draft != nil, Input: inputOf(t)}
	for _, k := range checks {
		line := Checked{Check: web.L(ctx).T(k.Key), OK: k.OK}
		if !k.OK {
			line.Do = web.L(ctx).T(k.Key + ".do")
		} else if len(k.Open) > 0 {
			line.Ask = web.L(ctx).T(k.Key+".ask", "hosts", strings.Join(k.Open, ", "))
		}
		out.Checks = append(out.Checks, line)
	}
	return out, nil
}

func inputOf(c op.Client) Input {
	return Input{Profile: c.Profile, Name: c.Name, Purpose: c.Purpose, Redirects: c.RedirectURIs, SignedOut: c.SignedOut, Logout: c.Logout,
		Scopes: c.Scopes, JWKS: string(c.JWKS), IAL: c.IAL, AAL: c.AAL,
		Encrypt: c.Encrypt, Machine: c.Machine, Calls: c.Calls}
}

// issuer is where a program is tried, and, once it is live, used.
func (p *Party) issuer(c op.Client) string {
	switch {
	case c.Profile == op.Staff:
		return p.Clients.Issuer(op.Staff)
	case c.State == op.Live:
		return p.Clients.Issuer(op.Citizen)
	}
	return p.Clients.Issuer(op.Sandbox)
}

type oneIn struct {
	App string `path:"app"`
}
type appOut struct{ Body App }
type listOut struct {
	Body struct {
		Apps []App `json:"apps"`
	}
}
type registerIn struct{ Body Input }
type registerOut struct {
	Body struct {
		App
		Secret
	}
}
type changeIn struct {
	App  string `path:"app"`
	Body struct {
		Version int64 `json:"version" doc:"The version that was read."`
		Input   Input `json:"input"`
	}
}
type approveIn struct {
	App  string `path:"app"`
	Body struct {
		Version int64 `json:"version" doc:"The version that was read."`
		Own     bool  `json:"own,omitempty" doc:"The hosts that the checks ask about are the agency's own."`
	}
}

func (p *Party) apiList(ctx context.Context, _ *struct{}) (*listOut, error) {
	out := &listOut{}
	err := p.DB.Read(ctx, func(tx *db.Tx) error {
		list, err := op.ClientsOf(tx, web.ActorOf(ctx).Agency)
		out.Body.Apps = []App{}
		if err != nil {
			return err
		}
		for _, c := range list {
			a, err := p.app(ctx, tx, c)
			if err != nil {
				return err
			}
			out.Body.Apps = append(out.Body.Apps, a)
		}
		return nil
	})
	return out, err
}

func (p *Party) apiRegister(ctx context.Context, in *registerIn) (*registerOut, error) {
	a := web.ActorOf(ctx)
	c, s, err := p.newClient(a, in.Body)
	if err != nil {
		return nil, err
	}
	if err := p.DB.Write(ctx, func(tx *db.Tx) error { return p.registerTx(tx, a, c) }); err != nil {
		return nil, err
	}
	c.Version = 1
	out := &registerOut{}
	out.Body.Secret = s
	err = p.DB.Read(ctx, func(tx *db.Tx) (err error) {
		out.Body.App, err = p.app(ctx, tx, c)
		return err
	})
	return out, err
}

func (p *Party) apiShow(ctx context.Context, in *oneIn) (*appOut, error) {
	out := &appOut{}
	err := p.DB.Read(ctx, func(tx *db.Tx) error {
		c, err := p.ofTx(tx, web.ActorOf(ctx), in.App)
		if err == nil {
			out.Body, err = p.app(ctx, tx, c)
		}
		return err
	})
	return out, err
}

// then carries an act out and tells the program as it is afterwards.
func (p *Party) then(ctx context.Context, app string, act func(tx *db.Tx) error) (*appOut, error) {
	out := &appOut{}
	err := p.DB.Write(ctx, func(tx *db.Tx) error {
		if err := act(tx); err != nil {
			return err
		}
		c, err := p.ofTx(tx, web.ActorOf(ctx), app)
		if err == nil {
			out.Body, err = p.app(ctx, tx, c)
		}
		return err
	})
	return out, err
}

func (p *Party) apiChange(ctx context.Context, in *changeIn) (*appOut, error) {
	return p.then(ctx, in.App, func(tx *db.Tx) error {
		_, err := p.changeTx(tx, web.ActorOf(ctx), in.App, in.Body.Version, in.Body.Input)
		return err
	})
}

func (p *Party) apiAsk(ctx context.Context, in *oneIn) (*appOut, error) {
	return p.then(ctx, in.App, func(tx *db.Tx) error { return p.askTx(tx, web.ActorOf(ctx), in.App) })
}

func (p *Party) apiApprove(ctx context.Context, in *approveIn) (*appOut, error) {
	return p.then(ctx, in.App, func(tx *db.Tx) error { return p.approveTx(tx, web.ActorOf(ctx), in.App, in.Body.Version, in.Body.Own) })
}

type returnIn struct {
	App  string `path:"app"`
	Body struct {
		Version int64  `json:"version" doc:"The version that was read."`
		Reason  string `json:"reason" maxLength:"500"`
	}
}

func (p *Party) apiReturn(ctx context.Context, in *returnIn) (*appOut, error) {
	return p.then(ctx, in.App, func(tx *db.Tx) error {
		return p.returnTx(tx, web.ActorOf(ctx), in.App, in.Body.Version, strings.TrimSpace(in.Body.Reason))
	})
}

func (p *Party) apiDiscard(ctx context.Context, in *oneIn) (*appOut, error) {
	return p.then(ctx, in.App, func(tx *db.Tx) error { return p.discardTx(tx, web.ActorOf(ctx), in.App) })
}

func (p *Party) apiSuspend(ctx context.Context, in *oneIn) (*appOut, error) {
	return p.then(ctx, in.App, func(tx *db.Tx) error { return p.suspendTx(tx, web.ActorOf(ctx), in.App) })
}
