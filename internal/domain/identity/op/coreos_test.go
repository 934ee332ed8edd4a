package op_test

import (
	"context"
	"net/http"
	"net/url"
	"sync"
	"testing"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"balai/internal/domain/identity/op"
	"balai/internal/spine/actor"
	"balai/internal/spine/db"
	"balai/internal/spine/directory"
	"balai/internal/spine/locale"
)

// officer signs somebody in who holds a post of an agency.
func (r *rig) officer(person, agency string) *browser {
	r.t.Helper()
	b := &browser{r: r}
	r.write(func(tx *db.Tx) (err error) {
		post := directory.Post{ID: agency + "-post", Unit: agency, Role: agency + "/clerk", Title: locale.Same("Clerk")}
		err = r.people.LoadTx(tx, directory.Set{
			Agencies: []directory.Agency{{ID: agency, Name: locale.Same(agency), Level: directory.Federal}},
			Units:    []directory.Unit{{ID: agency, Agency: agency, Name: locale.Same(agency), State: "MY-16"}},
			Posts:    []directory.Post{post},
			People:   []directory.Person{{ID: person, Name: person}},
			Holdings: []directory.Holding{{Post: post.ID, Person: person, From: 1}},
		})
		if err != nil {
			return err
		}
		b.cookie, err = r.sessions.StartTx(tx, actor.Start{Person: person, Name: person, Post: post.ID, AAL: 2})
		return err
	})
	return b
}

// coreos/go-oidc, unmodified, is a relying party of the staff's provider: it
// signs officers in before and after the keys change, and checks then what was
// signed before.
func TestCoreOSRelyingParty(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		ctx := context.Background()
		c := op.Client{ID: "soft", Agency: "jpj", Profile: op.Staff, State: op.Live, Sector: "jpj", Name: locale.Same("Soft"), Purpose: locale.Same("x"),
			RedirectURIs: []string{"https://soft.example/cb"}, Secret: op.HashSecret("s3cret"), Scopes: []op.Wanted{{Scope: "profile"}, {Scope: "groups"}}}
		r.write(func(tx *db.Tx) error { return r.SaveClientTx(tx, c) })
		provider, err := oidc.NewProvider(ctx, r.Issuer(op.Staff))
		if err != nil {
			t.Fatal(err)
		}
		conf := oauth2.Config{ClientID: "soft", ClientSecret: "s3cret", Endpoint: provider.Endpoint(), RedirectURL: c.RedirectURIs[0], Scopes: []string{oidc.ScopeOpenID, "profile", "groups"}}
		verifier := provider.Verifier(&oidc.Config{ClientID: "soft"})
		officer := r.officer("farid", "jpj")
		signIn := func() (raw string, token *oauth2.Token) {
			t.Helper()
			pkce := oauth2.GenerateVerifier()
			res, _ := officer.do("GET", conf.AuthCodeURL("state", oidc.Nonce("n"), oauth2.S256ChallengeOption(pkce)), nil)
			if res.StatusCode == http.StatusSeeOther {
				res, _ = officer.do("GET", r.base+res.Header.Get("Location"), nil)
			}
			to, err := url.Parse(res.Header.Get("Location"))
			if err != nil || to.Query().Get("code") == "" {
				t.Fatal(res.StatusCode, to)
			}
			token, err = conf.Exchange(ctx, to.Query().Get("code"), oauth2.VerifierOption(pkce))
			if err != nil {
				t.Fatal(err)
			}
			raw, _ = token.Extra("id_token").(string)
			return raw, token
		}
		check := func(raw string) {
			t.Helper()
			id, err := verifier.Verify(ctx, raw)
			if err != nil || id.Nonce != "n" || id.Subject == "farid" {
				t.Fatal(err)
			}
		}
		first, token := signIn()
		check(first)
		info, err := provider.UserInfo(ctx, oauth2.StaticTokenSource(token))
		if err != nil {
			t.Fatal(err)
		}
		var said map[string]any
		if err := info.Claims(&said); err != nil || said["agency"] != "jpj" || said["role"] != "jpj/clerk" || said["birthdate"] != nil {
			t.Error(said, err)
		}
		for range 3 {
			if err := r.Rotate(ctx); err != nil {
				t.Fatal(err)
			}
			raw, _ := signIn()
			check(raw)
			check(first)
		}
		stranger := r.officer("siti", "jpn")
		res, _ := stranger.do("GET", conf.AuthCodeURL("state", oauth2.S256ChallengeOption(oauth2.GenerateVerifier())), nil)
		res, _ = stranger.do("GET", r.base+res.Header.Get("Location"), nil)
		if to, _ := url.Parse(res.Header.Get("Location")); to.Query().Get("error") != "access_denied" {
			t.Error("another agency's officer: ", to)
		}
	})
}

// The keys change again and again while many are served by two processes: each
// token can be checked at once by what either of them publishes.
func TestKeysChangeUnderLoad(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		other := newRig(t, r.db, r.hub, r.base)
		p := r.program("one", "aisyah", nil)
		q, code := p.code(nil)
		token := p.redeem(q, code).str("refresh_token")
		done := make(chan struct{})
		var all sync.WaitGroup
		for i := range 4 {
			all.Go(func() {
				mine, theirs := *p, *p
				mine.at = []string{r.base, other.base}[i%2]
				theirs.at = []string{other.base, r.base}[i%2]
				for n := 0; ; n++ {
					select {
					case <-done:
						if n > 2 {
							return
						}
					default:
					}
					a := mine.refresh(token, "")
					if a.status != http.StatusOK {
						t.Error(a)
						return
					}
					theirs.idClaims(a.str("id_token"))
				}
			})
		}
		for range 6 {
			if err := r.Rotate(context.Background()); err != nil {
				t.Error(err)
			}
		}
		close(done)
		all.Wait()
	})
}
