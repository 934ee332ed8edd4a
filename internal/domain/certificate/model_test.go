package certificate_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"testing"

	"balai/internal/domain/certificate"
	"balai/internal/domain/certificate/seal"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/journal"
	"pgregory.net/rapid"
)

// A model is what ought to be: each certificate's state, in order of issue.
type model struct {
	codes    []string
	state    map[string]certificate.State
	caseOf   map[string]string
	standing map[string]string // case -> code
}

// Random decisions, in any order, with files made at any time: of each case
// one certificate stands, each ends once, every file verifies, every act has
// its leaf, and a case is told of a file once and only while it stands.
func TestLifeOfCertificates(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		h, world := r.router(), 0
		rapid.Check(t, func(rt *rapid.T) {
			world++
			r.leaves, r.ready = nil, nil
			m := model{state: map[string]certificate.State{}, caseOf: map[string]string{}, standing: map[string]string{}}
			for range rapid.IntRange(1, 10).Draw(rt, "acts") {
				ref := fmt.Sprintf("BLH-%d-%d", world, rapid.IntRange(1, 2).Draw(rt, "case"))
				switch rapid.SampledFrom([]string{"issue", "replace", "revoke", "make"}).Draw(rt, "act") {
				case "issue":
					r.modelIssue(rt, &m, ref, "")
				case "replace":
					if len(m.codes) > 0 {
						r.modelIssue(rt, &m, ref, rapid.SampledFrom(m.codes).Draw(rt, "old"))
					}
				case "revoke":
					if len(m.codes) > 0 {
						r.modelRevoke(rt, &m, rapid.SampledFrom(m.codes).Draw(rt, "code"))
					}
				case "make":
					r.drain()
				}
			}
			r.drain()
			r.agrees(rt, h, &m)
		})
	})
}

func (r *rig) modelIssue(rt *rapid.T, m *model, ref, replaces string) {
	if replaces != "" {
		ref = m.caseOf[replaces]
	}
	in := birth(ref)
	in.Replaces = replaces
	var code string
	err := r.write(func(tx *db.Tx) (err error) { code, err = r.IssueTx(tx, journal.By{}, in); return err })
	// A first certificate needs a case where none stands, a replacement one
	// that stands.
	allowed := m.standing[ref] == replaces
	if allowed != (err == nil) || (err != nil && fault.CodeOf(err) != fault.Conflict) {
		rt.Fatalf("issue for %s replacing %q, standing %q: %v", ref, replaces, m.standing[ref], err)
	}
	if err != nil {
		return
	}
	if replaces != "" {
		m.state[replaces] = certificate.Replaced
	}
	m.codes = append(m.codes, code)
	m.state[code], m.caseOf[code], m.standing[ref] = certificate.Issued, ref, code
}

func (r *rig) modelRevoke(rt *rapid.T, m *model, code string) {
	err := r.write(func(tx *db.Tx) error { return r.RevokeTx(tx, journal.By{}, code, "sebab", "") })
	if (m.state[code] == certificate.Issued) != (err == nil) {
		rt.Fatalf("revoke %s, %s: %v", code, m.state[code], err)
	}
	if err == nil {
		m.state[code] = certificate.Revoked
		delete(m.standing, m.caseOf[code])
	}
}

func (r *rig) agrees(rt *rapid.T, h http.Handler, m *model) {
	for _, code := range m.codes {
		c := r.get(code)
		if c.State != m.state[code] || !c.Ready() || (c.EndedAt > 0) == (c.State == certificate.Issued) {
			rt.Fatalf("%s is %s (ready %v, ended %d), want %s", code, c.State, c.Ready(), c.EndedAt, m.state[code])
		}
		file, err := r.blobs.Get(context.Background(), c.SHA256)
		if err != nil || seal.Verify(file, r.signer.Keys()).Verdict != seal.Sound {
			rt.Fatalf("the file of %s: %v", code, err)
		}
		if w := ask(h, certificate.VerifyPath(code), ""); w.Code != http.StatusOK {
			rt.Fatalf("verify %s: %d", code, w.Code)
		}
	}
	ends := 0
	for _, s := range m.state {
		if s != certificate.Issued {
			ends++
		}
	}
	if len(r.acts("certificate.issued")) != len(m.codes) || len(r.acts("certificate.revoked"))+len(r.acts("certificate.replaced")) != ends {
		rt.Fatalf("journal %+v", r.leaves)
	}
	told := map[string]int{}
	for _, ref := range r.ready {
		told[ref]++
	}
	for ref, n := range told {
		made := 0
		for _, code := range m.codes {
			if m.caseOf[code] == ref {
				made++
			}
		}
		if n > made {
			rt.Fatalf("%s was told %d times of %d files", ref, n, made)
		}
	}
	for ref := range m.standing {
		if !slices.Contains(r.ready, ref) {
			rt.Fatalf("%s was never told", ref)
		}
	}
}

// acts are the certificates of the leaves of a kind.
func (r *rig) acts(kind string) []string {
	var codes []string
	for _, l := range r.leaves {
		if code, ok := l.Data["certificate"].(string); l.Kind == kind && ok {
			codes = append(codes, code)
		}
	}
	return codes
}
