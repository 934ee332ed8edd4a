package op

import (
	"context"
	"crypto/subtle"
	"errors"
	"net/http"

	"balai/internal/spine/db"
	"github.com/go-jose/go-jose/v4"
	"github.com/luikyv/go-oidc/pkg/goidc"
	"github.com/luikyv/go-oidc/pkg/provider"
)

// Lifetimes, in seconds. FAPI 2.0 bounds those of a code (60), a pushed request
// (600) and the age of assertions and proofs.
const (
	jwtLifetime     = 300
	jwtLeeway       = 10
	codeLifetime    = 60
	pushedLifetime  = 120
	pageLifetime    = 30 * 60 // from the request to the yes, with a sign-in between
	tokenLifetime   = 5 * 60
	idLifetime      = 5 * 60
	refreshLifetime = 30 * 24 * 3600
	callLifetime    = 5 * 60 // while somebody is on the telephone
)

// What the library has no name of its own for.
const (
	edDSA  goidc.SignatureAlgorithm     = jose.EdDSA
	ecdhES goidc.KeyEncryptionAlgorithm = jose.ECDH_ES_A256KW
)

// scopes are what a provider knows.
func (r realm) scopes() []goidc.Scope {
	out := []goidc.Scope{goidc.ScopeOpenID}
	if r.fapi() {
		out = append(out, goidc.NewScope(machineScope))
		for _, s := range PersonScopes {
			out = append(out, goidc.NewScope(s))
		}
		return out
	}
	return append(out, goidc.NewScope("profile"), goidc.NewScope("groups"))
}

// provider puts the library together for one provider.
func (o *OP) provider(r realm) (http.Handler, error) {
	profile := goidc.ProfileOpenID
	if r.fapi() {
		profile = goidc.ProfileFAPI2
	}
	all := acrs()
	more := make([]goidc.ACR, 0, len(all))
	for _, a := range all[1:] {
		more = append(more, goidc.ACR(a))
	}
	scopes := r.scopes()
	opts := []provider.Option{
		provider.WithClientManager(clients{o, r}), provider.WithAuthnSessionManager(requests{o, r}),
		provider.WithGrantManager(grants{o, r}), provider.WithTokenManager(tokens{o, r}),
		provider.WithJWKSEndpoint("/oidc/jwks"), provider.WithTokenEndpoint("/oidc/token"), provider.WithAuthorizeEndpoint("/oidc/authorize"),
		provider.WithUserInfoEndpoint("/oidc/userinfo"),
		provider.WithScopes(scopes...), provider.WithOpenIDScopeRequired(),
		provider.WithAuthorizationCodeGrant(), provider.WithRefreshTokenGrant(), provider.WithRefreshTokenLifetime(refreshLifetime),
		provider.WithAuthorizationCodeLifetime(codeLifetime), provider.WithAuthnSessionTimeout(pageLifetime),
		provider.WithIDTokenSignatureAlgs(r.alg()), provider.WithIDTokenLifetime(idLifetime),
		provider.WithTokenOptions(func(context.Context, *goidc.Grant, *goidc.Client) goidc.TokenOptions {
			return goidc.NewOpaqueTokenOptions(tokenLifetime)
		}),
		provider.WithPKCE(goidc.CodeChallengeMethodSHA256), provider.WithPKCERequired(goidc.CodeChallengeMethodSHA256),
		provider.WithIssuerResponseParameter(),
		provider.WithACRs(goidc.ACR(all[0]), more...),
		provider.WithSubIdentifierTypes(goidc.SubIdentifierPairwise),
		provider.WithPairwiseSubjectFunc(func(_ context.Context, sub string, _ *goidc.Client) string { return sub }), // it is one already
		provider.WithIDTokenClaims(o.idClaims), provider.WithTokenClaims(o.tokenClaims), provider.WithUserInfoClaims(o.userClaims(r)),
		provider.WithHandleGrantFunc(o.stillGood(r)),
		provider.WithPolicies(goidc.NewPolicy("page", func(*http.Request, *goidc.Client, *goidc.AuthnSession) bool { return true }, o.authenticate(r))),
		provider.WithRenderErrorFunc(renderError), provider.WithNotifyErrorFunc(o.noteError(r)),
		provider.WithCheckJTIFunc(o.checkJTI), provider.WithJWTLifetime(jwtLifetime), provider.WithJWTLeewayTime(jwtLeeway),
		provider.WithTokenRevocation(func(context.Context, *goidc.Client) bool { return true }), provider.WithTokenRevocationEndpoint("/oidc/revoke"),
		provider.WithTokenIntrospection(o.introspects),
		provider.WithTokenIntrospectionEndpoint("/oidc/introspect"),
	}
	opts = append(opts,
		provider.WithLogout(signedOut, goidc.NewLogoutPolicy("page", func(*http.Request, *goidc.LogoutSession) bool { return true }, o.signOut(r))),
		provider.WithLogoutSessionManager(logouts{o, r}), provider.WithLogoutEndpoint("/oidc/end-session"), provider.WithLogoutSessionTimeoutSecs(pageLifetime))
	if r.fapi() {
		opts = append(opts,
			provider.WithPAR(), provider.WithPARRequired(), provider.WithPAREndpoint("/oidc/par"), provider.WithPARLifetime(pushedLifetime),
			provider.WithDPoP(goidc.ES256, goidc.PS256, edDSA), provider.WithDPoPRequired(goidc.ES256, goidc.PS256, edDSA),
			provider.WithTokenAuthnMethods(goidc.AuthnMethodPrivateKeyJWT), provider.WithPrivateKeyJWTSignatureAlgs(goidc.ES256, goidc.PS256, edDSA),
			provider.WithPARHandleSessionFunc(func(_ context.Context, as *goidc.AuthnSession, _ *goidc.Client) error {
				as.LoginHint, as.LoginTokenHint = "", "" // whom it takes the person for is of no use here, and may be a number
				return onlyQuery(as)
			}),
			provider.WithClientCredentialsGrant(),
			provider.WithCIBAGrant(goidc.CIBAProfileFAPI), provider.WithCIBAEndpoint("/oidc/bc-authorize"), provider.WithCIBADeliveryModes(goidc.CIBADeliveryModePoll),
			provider.WithCIBAPollingInterval(pollEvery), provider.WithCIBALifetime(callLifetime), provider.WithCIBAHandleSessionFunc(o.call(r)),
			provider.WithIDTokenEncryption(goidc.RSA_OAEP_256, ecdhES), provider.WithIDTokenContentEncryptionAlgs(goidc.A256GCM))
	} else {
		opts = append(opts,
			provider.WithTokenAuthnMethods(goidc.AuthnMethodSecretBasic, goidc.AuthnMethodSecretPost),
			provider.WithVerifyClientSecretFunc(func(_ context.Context, stored, presented string) error {
				if subtle.ConstantTimeCompare([]byte(stored), []byte(hash("secret", presented))) != 1 {
					return errors.New("op: the secret is not this client's")
				}
				return nil
			}))
	}
	p, err := provider.New(profile, r.issuer, func(ctx context.Context) (goidc.JSONWebKeySet, error) { return o.jwks(ctx, r) }, opts...)
	if err != nil {
		return nil, err
	}
	return p.Handler(), nil
}

// introspects tells whether a client may ask about a token: its own, or one that
// another program of its agency brings to it.
func (o *OP) introspects(ctx context.Context, c *goidc.Client, info goidc.TokenInfo) bool {
	if c.ID == info.ClientID {
		return true
	}
	same := false
	err := o.db.Read(ctx, func(tx *db.Tx) error {
		asks, err := ClientByID(tx, c.ID)
		if err != nil {
			return err
		}
		holds, err := ClientByID(tx, info.ClientID)
		same = asks.Agency == holds.Agency
		return err
	})
	return err == nil && same
}

// onlyQuery refuses answers in a fragment or a form: the first is lost to the
// server, the second needs a script that our pages do not allow.
func onlyQuery(as *goidc.AuthnSession) error {
	if as.ResponseMode != "" && as.ResponseMode != goidc.ResponseModeQuery {
		return goidc.NewError(goidc.ErrorCodeInvalidRequest, "response_mode must be query")
	}
	return nil
}

// stillGood is asked before each grant and each refresh: a grant is no stronger
// than what stands now.
func (o *OP) stillGood(r realm) goidc.HandleGrantFunc {
	return func(ctx context.Context, grant *goidc.Grant) error {
		g := givenOf(grant.Store)
		if g.Person == "" || r.name == Sandbox {
			return nil
		}
		return o.db.Read(ctx, func(tx *db.Tx) error {
			for _, person := range []string{g.Person, g.Delegate} {
				if person == "" {
					continue
				}
				gone, err := o.people.Suspended(tx, person)
				if err != nil {
					return err
				}
				if gone {
					return goidc.NewError(goidc.ErrorCodeInvalidGrant, "this is over")
				}
			}
			if err := o.lowered(tx, r, grant, g); err != nil {
				return err
			}
			stands, err := o.actsTx(tx, g)
			if err == nil && !stands {
				err = goidc.NewError(goidc.ErrorCodeInvalidGrant, "this is over")
			}
			return err
		})
	}
}

// actsTx tells whether who acts for another still may; true where nobody does.
func (o *OP) actsTx(tx *db.Tx, g given) (bool, error) {
	if g.Delegate == "" || o.delegations == nil {
		return true, nil
	}
	_, stands, err := o.delegations.Stands(tx, g.Right, g.Delegate, o.now())
	return stands, err
}

// lowered makes a grant say no more than is known now of who signed in: evidence
// ends. Less than the program accepts is nothing.
func (o *OP) lowered(tx *db.Tx, r realm, grant *goidc.Grant, g given) error {
	if r.name == Staff {
		return nil
	}
	who := g.Person
	if g.Delegate != "" {
		who = g.Delegate
	}
	now, err := o.people.Level(tx, who, o.now())
	if err != nil || now >= g.IAL {
		return err
	}
	c, err := ClientByID(tx, grant.ClientID)
	if err != nil {
		return err
	}
	if now < c.IAL {
		return goidc.NewError(goidc.ErrorCodeInvalidGrant, "the level that this client accepts is not reached any more")
	}
	g.IAL = now
	grant.Store = g.store()
	return nil
}

// pageFault carries an error out of the library to the person in front of it:
// one of the hall's, or, where refused, a request that cannot go on.
type pageFault struct {
	err     error
	refused bool
}

type faultKey struct{}

// renderError is asked for errors that must not go back to the program: its
// address may not be its own.
func renderError(_ http.ResponseWriter, r *http.Request, err error) error {
	if f, ok := r.Context().Value(faultKey{}).(*pageFault); ok {
		var e goidc.Error
		f.refused = errors.As(err, &e) && e.Code != goidc.ErrorCodeInternalError || errors.Is(err, goidc.ErrNotFound)
		f.err = err
	}
	return nil
}

func (o *OP) noteError(r realm) goidc.NotifyErrorFunc {
	return func(_ context.Context, err error) {
		var e goidc.Error
		if errors.Is(err, goidc.ErrNotFound) {
			o.log.Info("a program's request was refused", "provider", r.name, "error", "there is no such client")
			return
		}
		if errors.As(err, &e) && e.Code != goidc.ErrorCodeInternalError {
			o.log.Info("a program's request was refused", "provider", r.name, "code", string(e.Code), "error", e.Description)
			return
		}
		o.log.Error("the provider failed", "provider", r.name, "error", err)
	}
}
