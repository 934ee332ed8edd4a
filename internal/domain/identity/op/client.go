package op

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"balai/internal/spine/locale"
	"github.com/luikyv/go-oidc/pkg/goidc"
)

// States of a client. One that is registered is served by the sandbox at once, and
// one that is approved is live; a suspended one is served by nobody.
const (
	Testing   = "sandbox"
	Live      = "live"
	Suspended = "suspended"
)

// A Client is an agency's program that asks who somebody is: a relying party.
type Client struct {
	ID      string      `json:"-"`
	Agency  string      `json:"-"`
	Profile string      `json:"-"` // Citizen or Staff: for whom it is
	State   string      `json:"-"`
	Version int64       `json:"-"`
	Name    locale.Text `json:"name"`
	Purpose locale.Text `json:"purpose"` // what for, in words that a person reads

	RedirectURIs []string `json:"redirect_uris"`
	SignedOut    []string `json:"signed_out,omitempty"` // where a person may be sent after sign-out
	Logout       string   `json:"logout,omitempty"`     // called when a person signs out
	Sector       string   `json:"sector"`               // programs of one sector know a person by one name

	Scopes []Wanted `json:"scopes"`
	IAL    int      `json:"ial,omitempty"` // the least it accepts
	AAL    int      `json:"aal,omitempty"`

	JWKS    json.RawMessage `json:"jwks,omitempty"`   // public keys, of a client that signs
	Secret  string          `json:"secret,omitempty"` // hash of a staff client's secret
	Encrypt string          `json:"encrypt,omitempty"`
	Made    bool            `json:"made,omitempty"`    // its key was made here, to try it with
	Machine bool            `json:"machine,omitempty"` // may ask for itself, without a person
	Calls   bool            `json:"calls,omitempty"`   // may start a sign-in by telephone (CIBA)

	ChangedBy string `json:"changed_by"`         // who wrote it last: they do not approve it
	Asked     bool   `json:"asked,omitempty"`    // its team wants it live
	Returned  string `json:"returned,omitempty"` // why its approver sent it back, until it is asked for again
	Shut      bool   `json:"shut,omitempty"`     // suspended by the hall: its agency does not put it back
	MadeAt    int64  `json:"-"`
	// Draft is what a live client is to become: the sandbox serves it, and the
	// live provider goes on with what was approved.
	Draft *Client `json:"draft,omitempty"`
}

// Trial is the client as its team has written it last.
func (c Client) Trial() Client {
	if c.Draft == nil {
		return c
	}
	d := *c.Draft
	d.ID, d.Agency, d.Profile, d.State, d.Version, d.MadeAt, d.Shut = c.ID, c.Agency, c.Profile, c.State, c.Version, c.MadeAt, c.Shut
	return d
}

// in is the client as a provider knows it.
func (c Client) in(r realm) Client {
	if r.name == Sandbox {
		return c.Trial()
	}
	return c
}

// Wanted is a scope that a client asks for, and the law or agreement on which.
type Wanted struct {
	Scope string `json:"scope"`
	Basis string `json:"basis"` // consent, or a law of the catalogue's table
}

// wants is the client's word on a scope.
func (c Client) wants(scope string) (Wanted, bool) {
	for _, w := range c.Scopes {
		if w.Scope == scope {
			return w, true
		}
	}
	return Wanted{}, false
}

// scopeIDs are the client's scopes as the protocol lists them.
func (c Client) scopeIDs() string {
	ids := []string{"openid"}
	if c.Machine {
		ids = append(ids, machineScope)
	}
	for _, w := range c.Scopes {
		ids = append(ids, w.Scope)
	}
	return strings.Join(ids, " ")
}

// meta is the client as the library knows it.
func (c Client) meta(r realm) (*goidc.Client, error) {
	m := goidc.ClientMeta{
		Name: c.Name.EN, ApplicationType: goidc.ApplicationTypeWeb, RedirectURIs: c.RedirectURIs,
		GrantTypes: []goidc.GrantType{goidc.GrantAuthorizationCode, goidc.GrantRefreshToken}, ResponseTypes: []goidc.ResponseType{goidc.ResponseTypeCode},
		ScopeIDs: c.scopeIDs(), SubIdentifierType: goidc.SubIdentifierPairwise, PostLogoutRedirectURIs: c.SignedOut,
	}
	if c.Machine {
		m.GrantTypes = append(m.GrantTypes, goidc.GrantClientCredentials)
	}
	if c.Calls && r.fapi() {
		m.GrantTypes = append(m.GrantTypes, goidc.GrantCIBA)
		m.CIBATokenDeliveryMode = goidc.CIBADeliveryModePoll
	}
	out := &goidc.Client{ID: c.ID}
	if !r.fapi() {
		m.TokenAuthnMethod, m.IDTokenSigAlg = goidc.AuthnMethodSecretBasic, staffAlg
		out.Secret = c.Secret
		out.ClientMeta = m
		return out, nil
	}
	m.TokenAuthnMethod, m.IDTokenSigAlg = goidc.AuthnMethodPrivateKeyJWT, citizenAlg
	m.PARIsRequired, m.DPoPTokenBindingIsRequired = true, true
	m.JWKS = &goidc.JSONWebKeySet{}
	if err := json.Unmarshal(c.JWKS, m.JWKS); err != nil {
		return nil, err
	}
	if c.Encrypt != "" {
		m.IDTokenKeyEncAlg, m.IDTokenContentEncAlg = goidc.KeyEncryptionAlgorithm(c.Encrypt), goidc.A256GCM
	}
	out.ClientMeta = m
	return out, nil
}

// origins are where a form of the consent page may lead: browsers hold the
// page's policy against the redirect after it, too.
func (c Client) origins() []string { return originsOf(c.RedirectURIs) }

// leaves are where the page of a sign-out may lead.
func (c Client) leaves() []string { return originsOf(c.SignedOut) }

func originsOf(addresses []string) []string {
	var out []string
	for _, text := range addresses {
		if u, err := url.Parse(text); err == nil && u.Host != "" {
			if origin := u.Scheme + "://" + u.Host; !slices.Contains(out, origin) {
				out = append(out, origin)
			}
		}
	}
	return out
}
