package op_test

import (
	"context"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"balai/internal/spine/db"
	"balai/internal/spine/db/dbtest"
)

// rounds is how often each race is run: a few in the suite, N in the long run.
func rounds(few int) int {
	if n, err := strconv.Atoi(os.Getenv("N")); err == nil {
		return n
	}
	return few
}

// many runs f for each of n at once and gives the answers.
func many(n int, f func(i int) answer) []answer {
	out := make([]answer, n)
	start := make(chan struct{})
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { <-start; out[i] = f(i) })
	}
	close(start)
	all.Wait()
	return out
}

func won(list []answer, status int) (n int, first answer) {
	for _, a := range list {
		if a.status == status {
			if n++; n == 1 {
				first = a
			}
		}
	}
	return n, first
}

// I2: of 64 who come with the same code, assertion or request at once, over two
// processes where the database allows it, exactly one succeeds, and what it got
// is good. A code that comes again later ends what came of it.
func TestOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHub()
		r := newRig(t, d, h, "")
		at := []string{r.base}
		if d.Engine() == "postgres" {
			at = append(at, newRig(t, d, h, r.base).base)
		}
		p := r.program("one", "aisyah", nil)
		const crowd = 64
		for range rounds(3) {
			q, code := p.code(nil)
			sent := make([]*http.Request, crowd) // before any of them, as a program's retries are: a busy machine takes its time with 64
			for i := range sent {
				via := *p
				via.at = at[i%len(at)]
				sent[i] = via.ask("/oidc/token", url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {p.back}, "code_verifier": {q.verifier}}, nil)
			}
			got := many(crowd, func(i int) answer { return p.send(sent[i]) })
			n, first := won(got, http.StatusOK)
			if n != 1 {
				t.Fatalf("%d redeemed one code", n)
			}
			for _, a := range got {
				if a.status != http.StatusOK && a.str("error") != "invalid_grant" {
					t.Fatal(a)
				}
			}
			if in := p.introspect(first.str("access_token")); in.body["active"] != true {
				t.Fatal("a loser ended the winner's token")
			}

			assertion := p.assertion(nil)
			n, _ = won(many(crowd, func(i int) answer {
				via := *p
				via.at = at[i%len(at)]
				return via.post("/oidc/token", url.Values{"grant_type": {"client_credentials"}, "scope": {"machine"}, "client_assertion": {assertion},
					"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}}, nil)
			}), http.StatusOK)
			if n != 1 {
				t.Fatalf("%d used one assertion", n)
			}

			q, _ = p.push(nil)
			n, _ = won(many(crowd, func(i int) answer {
				res, _ := p.browser.do("GET", at[i%len(at)]+"/oidc/authorize?"+url.Values{"client_id": {p.id}, "request_uri": {q.uri}}.Encode(), nil)
				return answer{status: res.StatusCode}
			}), http.StatusSeeOther)
			if n != 1 {
				t.Fatalf("%d opened one request", n)
			}
		}
	}, migrations()...)
}

// A code that is sent again when a retry would long have come, or by another
// client, ends what came of it (RFC 6749, 4.1.2); another client's guess does
// not use it up before.
func TestCodeReplayed(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		p, thief := r.program("one", "aisyah", nil), r.program("two", "farid", nil)
		q, code := p.code(nil)
		stolen := func() answer {
			return thief.post("/oidc/token", url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {p.back}, "code_verifier": {q.verifier}}, nil)
		}
		if a := stolen(); a.str("error") != "invalid_grant" {
			t.Error(a)
		}
		a := p.redeem(q, code)
		if a.status != http.StatusOK {
			t.Fatal("a thief used the code up: ", a)
		}
		if b := p.redeem(q, code); b.str("error") != "invalid_grant" {
			t.Error(b)
		}
		if in := p.introspect(a.str("access_token")); in.body["active"] != true {
			t.Error("a retry within a second ended the token")
		}
		r.write(func(tx *db.Tx) error {
			_, err := tx.Exec("update op_grant set made_at = made_at - 1100000")
			return err
		})
		late := p.ask("/oidc/token", url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {p.back}, "code_verifier": {q.verifier}}, nil)
		late.Header.Set("DPoP", p.proof("POST", p.issuer+"/oidc/token", "", func(c map[string]any) { c["iat"] = time.Now().Unix() - 5 }))
		if b := p.send(late); b.str("error") != "invalid_grant" {
			t.Error(b)
		}
		if in := p.introspect(a.str("access_token")); in.body["active"] != true {
			t.Error("a retry that was on its way for long ended the token")
		}
		if b := p.redeem(q, code); b.str("error") != "invalid_grant" {
			t.Error(b)
		}
		if in := p.introspect(a.str("access_token")); in.body["active"] != false {
			t.Error("a replay left the token")
		}
		q, code = p.code(nil)
		a = p.redeem(q, code)
		stolen()
		if in := p.introspect(a.str("access_token")); in.body["active"] != false {
			t.Error("another client's replay left the token")
		}
	})
}

// What a refused request has used is used: a wrong verifier is not tried twice,
// and what expired is swept away.
func TestRefusedUsesUp(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		p := r.program("one", "aisyah", nil)
		q, code := p.code(nil)
		wrong := q
		wrong.verifier = random() + random() + random()
		if a := p.redeem(wrong, code); a.str("error") != "invalid_grant" {
			t.Error(a)
		}
		if a := p.redeem(q, code); a.str("error") != "invalid_grant" {
			t.Error("a second guess: ", a)
		}
		r.write(func(tx *db.Tx) error {
			_, err := tx.Exec("update op_once set expires_at = 1")
			return err
		})
		if err := r.Sweep(context.Background()); err != nil {
			t.Error(err)
		}
		var n int64
		if err := r.db.Read(context.Background(), func(tx *db.Tx) error {
			return tx.QueryRow("select count(*) from op_once").Scan(&n)
		}); err != nil || n != 0 {
			t.Error(n, err)
		}
	})
}

// One page is answered once. An answer that was on its way while another one
// ended the request brings nothing back: after a no there is no yes, and of a
// code that was redeemed there is no second.
func TestAnsweredOnce(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		p := r.program("one", "aisyah", nil)
		var allow, deny url.Values
		opened := func() (request, string) {
			q, _ := p.push(nil)
			_, page := p.browser.page(p.at, p.id, q.uri)
			allow, deny = filled(page, url.Values{"decision": {"allow"}}), filled(page, url.Values{"decision": {"deny"}})
			return q, r.base + action.FindStringSubmatch(page)[1]
		}
		said := func(at string, answer url.Values) url.Values {
			res, _ := p.browser.do("POST", at, answer)
			to, err := url.Parse(res.Header.Get("Location"))
			if err != nil || res.StatusCode >= 500 {
				t.Error(res.StatusCode, err)
				return nil
			}
			return to.Query()
		}
		q, at := opened()
		r.hub.set(func() { r.hub.meanwhile = func() { said(at, deny) } })
		if late := said(at, allow); late.Get("code") != "" {
			t.Error("a yes after the no: ", p.redeem(q, late.Get("code")).status)
		}
		q, at = opened()
		r.hub.set(func() {
			r.hub.meanwhile = func() {
				if a := p.redeem(q, said(at, allow).Get("code")); a.status != http.StatusOK {
					t.Error(a)
				}
			}
		})
		if late := said(at, allow); late.Get("code") != "" {
			t.Error("a second code of one yes: ", p.redeem(q, late.Get("code")).status)
		}
		_, at = opened()
		var codes atomic.Int64
		many(32, func(int) answer {
			if said(at, allow).Get("code") != "" {
				codes.Add(1)
			}
			return answer{}
		})
		if codes.Load() != 1 {
			t.Errorf("%d codes of one page", codes.Load())
		}
	})
}
