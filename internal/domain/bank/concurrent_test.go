package bank

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
)

// many calls f at once, fifty times.
func many(f func(i int)) {
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() { f(i) })
	}
	all.Wait()
}

// Fifty requests at once for one refund pay it once; fifty refunds at once give
// back no more than was paid.
func TestRefundsAtOnce(t *testing.T) {
	r := newRig(t)
	r.pays(reference(1), 1000)
	many(func(int) {
		r.ask("POST", "/acquirer/refunds", Refund{Reference: reference(1), RefundReference: "R", Amount: 100})
	})
	if got := r.balance("JPJ-001"); got != 900 {
		t.Errorf("one refund of 100 left %d", got)
	}
	r.pays(reference(2), 5000) // so that the account holds more than the first payment
	many(func(i int) {
		r.ask("POST", "/acquirer/refunds", Refund{Reference: reference(1), RefundReference: fmt.Sprint("R", i), Amount: 70})
	})
	if got := r.transaction(reference(1)).Refunded; got != 100+12*70 || r.balance("JPJ-001") != 6000-got {
		t.Errorf("%d of 1000 were refunded, and the account holds %d", got, r.balance("JPJ-001"))
	}
	r.sound()
}

// A session that is paid from fifty tabs is paid once, and so is a form.
func TestPaidAtOnce(t *testing.T) {
	r := newRig(t)
	path := r.begin(reference(1), byFPX, 1000)
	many(func(int) { r.post(browser(), path, "account", Payer, "do", doPay) })
	if got := r.balance("JPJ-001"); got != 1000 {
		t.Errorf("the session paid %d", got)
	}
	many(func(int) {
		r.post(browser(), "/phone/pay", "payload", qr(reference(2), 500), "account", Payer, "once", "one")
	})
	if got := r.balance("JPJ-001"); got != 1500 {
		t.Errorf("the form paid %d", got-1000)
	}
	r.sound()
}

// An account that holds enough for one of fifty payments pays one.
func TestFundsAtOnce(t *testing.T) {
	r := newRig(t)
	many(func(i int) { r.scan(qr(reference(i), 400), "low") })
	if r.balance("low") != 100 || r.balance("JPJ-001") != 400 {
		t.Error(r.balance("low"), r.balance("JPJ-001"))
	}
	r.sound()
}

// Run calls a merchant back at once.
func TestRun(t *testing.T) {
	r := newRig(t)
	heard := make(chan string, 1)
	shop := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) { heard <- req.URL.Path }))
	defer shop.Close()
	r.shop = shop
	r.enrol("jpj", "JPJ-001")
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- r.Run(ctx) }()
	r.pays(reference(1), 100)
	if got := <-heard; got != "/hook" {
		t.Error(got)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
