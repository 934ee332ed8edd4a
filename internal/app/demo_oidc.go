package app

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"

	"balai/internal/domain/identity/op"
	"balai/internal/spine/db"
	"balai/internal/spine/locale"
)

// settingOIDC holds the secrets of the demo's two programs. They are secrets of
// nobody: demo.json tells them.
const settingOIDC = "demo.oidc"

// demoOIDC is what an outside program needs to sign the demo's people in.
type demoOIDC struct {
	Issuer  string `json:"issuer"`
	Staff   string `json:"staff_issuer"`
	Sandbox string `json:"sandbox_issuer"`
	OIDC    struct {
		Citizen demoProgram `json:"citizen_client"`
		Staff   demoProgram `json:"staff_client"`
	} `json:"oidc"`
}

type demoProgram struct {
	ID        string          `json:"client_id"`
	Scope     string          `json:"scope"`
	Redirects []string        `json:"redirect_uris"`
	JWK       json.RawMessage `json:"jwk,omitempty"`
	Secret    string          `json:"client_secret,omitempty"`
}

// demoSecrets are kept over a restart, so that a program goes on.
type demoSecrets struct {
	JWK    json.RawMessage `json:"jwk"`
	Secret string          `json:"secret"`
}

// The demo's programs: a citizens' one of the road transport department, and
// bought software of the registration department.
var (
	demoCitizenClient = op.Client{ID: "jpj-mobile", Agency: officeAgency, Profile: op.Citizen, State: op.Live, Sector: officeAgency,
		Name:         locale.Text{MS: "Lesen Digital", EN: "Digital Licence"},
		Purpose:      locale.Text{MS: "Supaya anda dapat melihat lesen memandu dan saman anda sendiri.", EN: "So that you can see your own driving licence and fines."},
		RedirectURIs: []string{"http://127.0.0.1:9999/cb", "http://localhost:9999/cb"}, SignedOut: []string{"http://127.0.0.1:9999/out"},
		Scopes:  []op.Wanted{{Scope: "profile", Basis: "consent"}, {Scope: "birth", Basis: "consent"}, {Scope: "email", Basis: "consent"}},
		Machine: true, Calls: true, ChangedBy: "demo"}
	demoStaffClient = op.Client{ID: "jpn-intranet", Agency: "jpn", Profile: op.Staff, State: op.Live, Sector: "jpn",
		Name:         locale.Text{MS: "Portal Dalaman", EN: "Intranet"},
		Purpose:      locale.Text{MS: "Perisian siap milik agensi.", EN: "The agency's bought software."},
		RedirectURIs: []string{"http://127.0.0.1:9999/cb", "http://localhost:9999/cb"}, SignedOut: []string{"http://127.0.0.1:9999/out"},
		Scopes: []op.Wanted{{Scope: "profile"}, {Scope: "groups"}}, ChangedBy: "demo"}
)

// oidc registers the demo's programs, once, and tells how they sign in.
func (d *demoCountry) oidc(ctx context.Context) (out demoOIDC, err error) {
	h := d.hall
	out.Issuer, out.Staff, out.Sandbox = h.op.Issuer(op.Citizen), h.op.Issuer(op.Staff), h.op.Issuer(op.Sandbox)
	fresh, err := newDemoSecrets()
	if err != nil {
		return out, err
	}
	var kept demoSecrets
	err = h.db.Write(ctx, func(tx *db.Tx) error {
		text, err := readSetting(tx, settingOIDC)
		if err != nil {
			return err
		}
		if text != "" {
			return json.Unmarshal([]byte(text), &kept)
		}
		kept = fresh
		data, err := json.Marshal(kept)
		if err != nil {
			return err
		}
		if err := writeSetting(tx, settingOIDC, string(data)); err != nil {
			return err
		}
		citizen, staff := demoCitizenClient, demoStaffClient
		if citizen.JWKS, err = op.PublicKeys(kept.JWK); err != nil {
			return err
		}
		staff.Secret = op.HashSecret(kept.Secret)
		if err := h.op.SaveClientTx(tx, citizen); err != nil {
			return err
		}
		return h.op.SaveClientTx(tx, staff)
	})
	if err != nil {
		return out, err
	}
	out.OIDC.Citizen = demoProgram{ID: demoCitizenClient.ID, Scope: "openid profile birth email", Redirects: demoCitizenClient.RedirectURIs, JWK: kept.JWK}
	out.OIDC.Staff = demoProgram{ID: demoStaffClient.ID, Scope: "openid profile groups", Redirects: demoStaffClient.RedirectURIs, Secret: kept.Secret}
	return out, nil
}

func newDemoSecrets() (s demoSecrets, err error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return s, err
	}
	if s.JWK, err = op.PrivateKey(key, "demo-1"); err != nil {
		return s, err
	}
	var secret [32]byte
	if _, err := rand.Read(secret[:]); err != nil {
		return s, err
	}
	s.Secret = base64.RawURLEncoding.EncodeToString(secret[:])
	return s, nil
}
