package op

import (
	"net/http"
	"slices"

	"balai/internal/spine/web"
	"balai/internal/ui"
	"github.com/luikyv/go-oidc/pkg/goidc"
)

// A testPerson is somebody whom the sandbox knows. None of them exists.
type testPerson struct {
	ID, Name, Gender, Birth string
	IAL                     int
	Address, Email, Phone   string
	MyKad                   string // of a place code that is not in use
}

// testPersons are enough to try a program with: levels, somebody without e-mail
// or telephone, a minor.
var testPersons = []testPerson{
	{ID: "test-aminah", Name: "Aminah binti Contoh", Gender: "female", Birth: "1990-03-14", IAL: 2, Address: "12, Jalan Contoh 1, 62000 Putrajaya", Email: "aminah@example.com", Phone: "+60 3-0000 0001", MyKad: "900314-00-0002"},
	{ID: "test-chen", Name: "Chen Contoh", Gender: "male", Birth: "1985-11-02", IAL: 3, Address: "8, Jalan Contoh 2, 10000 George Town", Email: "chen@example.com", Phone: "+60 3-0000 0002", MyKad: "851102-00-0003"},
	{ID: "test-devi", Name: "Devi a/p Contoh", Gender: "female", Birth: "1978-07-30", IAL: 1, Address: "3, Jalan Contoh 3, 41000 Klang", Email: "devi@example.com", MyKad: "780730-00-0004"},
	{ID: "test-empaling", Name: "Empaling anak Contoh", Gender: "male", Birth: "1951-01-09", IAL: 2, Address: "Rumah Panjang Contoh, 96800 Kapit", MyKad: "510109-00-0005"},
	{ID: "test-farid", Name: "Farid bin Contoh", Gender: "male", Birth: "2012-05-21", IAL: 1, Address: "12, Jalan Contoh 1, 62000 Putrajaya", MyKad: "120521-00-0007"},
}

func testPersonBy(id string) (testPerson, bool) {
	i := slices.IndexFunc(testPersons, func(p testPerson) bool { return p.ID == id })
	if i < 0 {
		return testPerson{}, false
	}
	return testPersons[i], true
}

// testClaims are a test person's values.
func testClaims(id string, scopes []string) map[string]any {
	p, _ := testPersonBy(id)
	all := map[string]map[string]any{
		"profile": {"name": p.Name, "gender": p.Gender},
		"birth":   {"birthdate": p.Birth},
		"address": {"address": map[string]any{"formatted": p.Address}},
		"email":   {"email": p.Email, "email_verified": true},
		"phone":   {"phone_number": p.Phone},
		"mykad":   {"mykad_number": p.MyKad},
	}
	out := map[string]any{}
	for _, s := range scopes {
		for k, v := range all[s] {
			if s == "email" && p.Email == "" || v == "" {
				continue
			}
			out[k] = v
		}
	}
	return out
}

// test is the sandbox's page: choose a test person, and say yes or no for them.
func (o *OP) test(w http.ResponseWriter, req *http.Request, v visit) (goidc.Status, error) {
	if req.Method == http.MethodPost {
		if req.PostFormValue("decision") == "deny" {
			return goidc.StatusFailure, errNo
		}
		if p, ok := testPersonBy(req.PostFormValue("person")); ok {
			least, _ := asked(v.client, v.as.ACRValues)
			if p.IAL < least {
				return goidc.StatusFailure, errLevel
			}
			g := given{Person: p.ID, Sub: o.subject(v.r, v.client.Sector, p.ID), IAL: p.IAL, AAL: 2, AMR: []string{"pop", "user"},
				AuthTime: o.clock.Now().Unix(), SignIn: v.as.ID, SID: o.sid(v.client.ID, v.as.ID)}
			return v.grant(g, append([]string{"openid"}, v.scopes...))
		}
	}
	l := web.L(req.Context())
	q := question{Client: v.client.Name, Why: v.client.Purpose, Page: v.page()}
	for _, s := range v.scopes {
		wanted, _ := v.client.wants(s)
		q.Items = append(q.Items, item{What: l.T("op.scope." + s), Basis: o.basisWords(l, wanted.Basis)})
	}
	web.FormsLeadTo(w, v.client.origins()...)
	return goidc.StatusInProgress, web.Render(w, req, http.StatusOK, sandboxView(ui.NewPage(req, l.T("op.sandbox.title")), q))
}
