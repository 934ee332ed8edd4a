package bill_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// A key of a request is one request's, of every kind.
func TestKeysOfRequests(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		a, b := r.billed(summons).str("bill_id"), r.billed(inParts).str("bill_id")
		cancel := func(id, key string) answer { return r.call("POST", "/v1/bills/"+id+"/cancel", "", key) }
		if x := cancel(a, "k"); x.status != http.StatusNoContent {
			t.Fatalf("%d %s", x.status, x.text)
		}
		if x := cancel(a, "k"); x.status != http.StatusNoContent {
			t.Errorf("again: %d %s", x.status, x.text)
		}
		if x := cancel(b, "k"); x.status != http.StatusConflict || x.str("code") != "P0191" {
			t.Errorf("another bill under it: %d %s", x.status, x.text)
		}
		if state, _ := r.stands(b); state != "open" {
			t.Errorf("%s", state)
		}
		r.call("POST", "/v1/products", hall, "k")
		if x := r.call("POST", "/v1/products", strings.Replace(hall, "sewa-dewan", "lain", 1), "k"); x.status != http.StatusConflict || x.str("code") != "P0191" {
			t.Errorf("another link under it: %d %s", x.status, x.text)
		}
		long := strings.Repeat("k", 1000)
		for _, x := range []answer{cancel(b, long), r.call("POST", "/v1/products", strings.Replace(hall, "sewa-dewan", "lain", 1), long), r.call("POST", "/v1/bills", strings.Replace(inParts, "CT-1", "CT-2", 1), long)} {
			if x.status/100 != 4 {
				t.Errorf("%d %s", x.status, x.text)
			}
		}
		if n := r.number(`select (select count(*) from bill_bill) * 10 + (select count(*) from bill_product)`); n != 21 {
			t.Errorf("%d", n)
		}
		// At once, in whatever order they come.
		var wg sync.WaitGroup
		for _, path := range []string{"bills", "products"} {
			body := map[string]string{"bills": strings.Replace(inParts, "CT-1", "CT-3", 1), "products": strings.Replace(hall, "sewa-dewan", "serentak", 1)}[path]
			for range 6 {
				wg.Go(func() {
					if x := r.call("POST", "/v1/"+path, body, "at once"); x.status != http.StatusCreated {
						t.Errorf("%d %s", x.status, x.text)
					}
				})
			}
		}
		wg.Wait()
		if n := r.number(`select (select count(*) from bill_bill) * 10 + (select count(*) from bill_product)`); n != 32 {
			t.Errorf("%d", n)
		}
	})
}

// Each field of a request is refused alone, and named.
func TestFieldsAlone(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		with := func(body, more string) string { return strings.Replace(body, "{", "{"+more+", ", 1) }
		const one = `{"number": "X", "description": {"ms": "a", "en": "b"}, "amount": 5}`
		const fixed = `{"slug": "x", "title": {"ms": "a", "en": "b"}, "price": 5}`
		for _, c := range []struct{ path, body, field string }{
			{"bills", strings.Replace(one, `"X"`, `"`+strings.Repeat("x", 61)+`"`, 1), "number"}, {"bills", strings.Replace(one, `"X"`, `"a\nb"`, 1), "number"}, {"bills", strings.Replace(one, `"X"`, `" a"`, 1), "number"},
			{"bills", strings.Replace(one, `5}`, `1000000001}`, 1), "amount"},
			{"bills", with(one, `"due_date": 5`), "due_date"}, {"bills", with(one, `"partial": "yes"`), "partial"}, {"bills", with(one, `"partial": true, "least_amount": 0`), "least_amount"},
			{"bills", with(one, `"partial": true, "least_amount": 6`), "least_amount"},
			{"products", `{"title": {"ms": "a", "en": "b"}, "price": 5}`, "slug"}, {"products", `{"slug": "x", "price": 5}`, "title"},
			{"products", strings.Replace(fixed, `"x"`, `"`+strings.Repeat("x", 61)+`"`, 1), "slug"}, {"products", strings.Replace(fixed, `"x"`, `5`, 1), "slug"},
			{"products", strings.Replace(fixed, `"b"`, `""`, 1), "title"}, {"products", with(fixed, `"description": {"ms": "a", "en": ""}`), "description"},
			{"products", with(fixed, `"reference_label": "a"`), "reference_label"}, {"products", strings.Replace(fixed, `5`, `0`, 1), "price"}, {"products", strings.Replace(fixed, `5`, `"5"`, 1), "price"},
		} {
			if a := r.call("POST", "/v1/"+c.path, c.body, ""); a.status/100 != 4 || a.str("field") != c.field || a.str("code") == "P2103" {
				t.Errorf("%s: %d %s", c.body, a.status, a.text)
			}
		}
		for body, codes := range map[string][2]string{`{"price": 5}`: {"P2101", "P2601"}, `{`: {"P2197", "P2697"}} {
			for i, path := range []string{"bills", "products"} {
				if a := r.call("POST", "/v1/"+path, body, ""); a.str("code") != codes[i] {
					t.Errorf("%s: %s", path, a.text)
				}
			}
		}
		a := r.call("POST", "/v1/bills", with(one, `"id_number": ""`), "")
		if a.status != http.StatusCreated || !strings.Contains(a.text, `"prices":[]`) || !strings.Contains(a.text, `"cancel"`) {
			t.Errorf("%d %s", a.status, a.text)
		}
		r.call("POST", "/v1/bills/"+a.str("bill_id")+"/cancel", "", "")
		if a := r.call("GET", "/v1/bills/"+a.str("bill_id"), "", ""); strings.Contains(a.text, `"cancel"`) {
			t.Errorf("%s", a.text)
		}
		bare := r.call("POST", "/v1/products", with(fixed, `"description": {"ms": "", "en": ""}`), "")
		if bare.status != http.StatusCreated || bare.body["description"] != nil || bare.body["reference_label"] != nil {
			t.Errorf("%s", bare.text)
		}
		full := r.call("POST", "/v1/products", with(strings.Replace(fixed, `"x"`, `"y"`, 1), `"description": {"ms": "c", "en": "d"}, "reference_label": {"ms": "e", "en": "f"}`), "")
		if full.body["description"] == nil || full.body["reference_label"] == nil {
			t.Errorf("%s", full.text)
		}
	})
}

// A list is of as many as were asked for, in the state that was asked for.
func TestListsHaveBounds(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		for i := range 4 {
			r.billed(strings.Replace(inParts, "CT-1", fmt.Sprint("L-", i), 1))
			r.call("POST", "/v1/products", strings.Replace(hall, "sewa-dewan", fmt.Sprint("l-", i), 1), "")
		}
		for i, state := range []string{"open", "part_paid", "paid", "cancelled"} {
			r.exec(`update bill_bill set state = $1 where number = $2`, state, fmt.Sprint("L-", i))
			if a := r.call("GET", "/v1/bills?state="+state, "", ""); a.status != http.StatusOK || strings.Count(a.text, `"bill_id"`) < 1 || !strings.Contains(a.text, fmt.Sprintf(`"L-%d"`, i)) || strings.Count(a.text, `"status":"`+state+`"`) != strings.Count(a.text, `"bill_id"`) {
				t.Errorf("%s: %d %s", state, a.status, a.text)
			}
		}
		r.exec(`update bill_bill set state = 'open'`)
		for _, list := range []string{"bills", "products"} {
			for query, want := range map[string]int{"display_size=1": 1, "display_size=3": 3, "display_size=4": 4, "display_size=500": 4, "": 4, "display_size=0": -1, "display_size=501": -1, "display_size=x": -1, "display_size=-1": -1} {
				a := r.call("GET", "/v1/"+list+"?"+query, "", "")
				results, _ := a.body["results"].([]any)
				if want < 0 && a.status != http.StatusUnprocessableEntity || want >= 0 && (len(results) != want || (a.str("next_cursor") != "") != (want < 4)) {
					t.Errorf("%s %s: %d %s", list, query, a.status, a.text)
				}
			}
		}
		if a := r.call("GET", "/v1/bills?state=late", "", ""); a.status != http.StatusUnprocessableEntity {
			t.Errorf("%d %s", a.status, a.text)
		}
	})
}
