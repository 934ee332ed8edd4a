package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// till is what a payer and an agency's system need of a hall.
type till struct {
	base, bank, payer string
	keys              []string
	http              *http.Client
}

// payments measures payments from an agency's wish to the receipt, on a demo whose bank is in its process: create, QR,
// the telephone's debit, the bank's message, the receipt.
func (b bench) payments(ctx context.Context, engines []string) error {
	fmt.Println("\n### Payments end to end\n\nOne process is the hall and the sandbox's bank, with both cores, and so is who asks. A caller creates a payment, asks for its QR, pays it as a telephone does, and looks for the receipt at once, after 50 ms, and then after twice as long each time. Debit to receipt is by the bank's and the hall's own times, in the hall's database.")
	fmt.Println("\n| engine | callers | payments/s | p50 whole | p99 whole | p50 debit to receipt | p99 debit to receipt | without receipt |\n|---|---|---|---|---|---|---|---|")
	for _, e := range engines {
		if err := b.paymentsOn(ctx, e); err != nil {
			return fmt.Errorf("%s: %w", e, err)
		}
	}
	return nil
}

func (b bench) paymentsOn(ctx context.Context, engine string) error {
	data, err := os.MkdirTemp("", "balai-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(data)
	dsn := ""
	if engine != "sqlite" {
		dsn = b.database()
	}
	b.cores = 2
	h, err := b.start(data, dsn)
	if err != nil {
		return err
	}
	defer h.stop()
	h.calm()
	t, err := tillOf(data, h)
	if err != nil {
		return err
	}
	for _, callers := range []int{1, 16, 64} {
		began := time.Now()
		r := t.rush(ctx, callers, max(b.d, 4*time.Second))
		waits, err := debitWaits(data, dsn, began)
		if err != nil {
			return err
		}
		fmt.Printf("| %s | %d | %.0f | %d ms | %d ms | %d ms | %d ms | %d%s |\n", engine, callers, r.rate(), r.at(.5).Milliseconds(), r.at(.99).Milliseconds(),
			waits.at(.5).Milliseconds(), waits.at(.99).Milliseconds(), r.failures, r.first)
	}
	return nil
}

func tillOf(data string, h *hall) (*till, error) {
	text, err := os.ReadFile(filepath.Join(data, "demo.json"))
	if err != nil {
		return nil, err
	}
	var demo struct {
		Payments struct {
			Agencies []struct {
				Key string `json:"test_api_key"`
			}
			Bank  string `json:"sandbox_bank"`
			Payer string `json:"payer_account"`
		}
	}
	if err := json.Unmarshal(text, &demo); err != nil {
		return nil, err
	}
	t := &till{base: "http://" + h.host, bank: demo.Payments.Bank, payer: demo.Payments.Payer, http: &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 128}}}
	for _, a := range demo.Payments.Agencies {
		t.keys = append(t.keys, a.Key)
	}
	return t, nil
}

// rush lets callers pay for so long; each goes on to its receipt.
func (t *till) rush(ctx context.Context, callers int, d time.Duration) (all result) {
	ctx, stop := context.WithTimeout(ctx, d+time.Minute)
	defer stop()
	began := time.Now()
	var mu sync.Mutex
	var group sync.WaitGroup
	for n := range callers {
		group.Go(func() {
			for i := 0; time.Since(began) < d; i++ {
				from := time.Now()
				err := t.pay(ctx, t.keys[(n+i)%len(t.keys)])
				mu.Lock()
				if err == nil {
					all.n++
					all.waits = append(all.waits, time.Since(from))
				} else if all.failures++; all.first == "" {
					all.first = ": " + err.Error()
				}
				mu.Unlock()
			}
		})
	}
	group.Wait()
	all.took = time.Since(began)
	all.sort()
	return all
}

// pay is one payment from its wish to its receipt.
func (t *till) pay(ctx context.Context, key string) error {
	var p struct {
		ID string `json:"payment_id"`
	}
	if err := t.ask(ctx, "POST", t.base+"/v1/payments", key, map[string]any{"amount": 1000, "reference": "B", "description": "B", "return_url": "https://agency.example/"}, &p); err != nil {
		return err
	}
	var q struct{ Payload string }
	if err := t.ask(ctx, "GET", t.base+"/v1/payments/"+p.ID+"/qr", key, nil, &q); err != nil {
		return err
	}
	if err := t.ask(ctx, "POST", t.bank+"/phone/pay", "", map[string]any{"payload": q.Payload, "account": t.payer}, nil); err != nil {
		return err
	}
	for wait := 50 * time.Millisecond; ; wait = min(2*wait, time.Second) {
		var now struct {
			State struct{ Status string }
		}
		if err := t.ask(ctx, "GET", t.base+"/v1/payments/"+p.ID, key, nil, &now); err != nil {
			return err
		}
		if now.State.Status == "success" {
			return nil
		}
		select {
		case <-ctx.Done():
			return errors.New("no receipt within a minute")
		case <-time.After(wait):
		}
	}
}

func (t *till) ask(ctx context.Context, method, url, key string, body, into any) error {
	data, err := json.Marshal(body)
	if err != nil {
		return err
	}
	var in io.Reader
	if body != nil {
		in = bytes.NewReader(data)
	}
	r, err := http.NewRequestWithContext(ctx, method, url, in)
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json")
	if key != "" {
		r.Header.Set("Authorization", "Bearer "+key)
	}
	res, err := t.http.Do(r)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode/100 != 2 {
		return fmt.Errorf("%s: %d %.100s", method, res.StatusCode, text)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(text, into)
}

// debitWaits are the times from the bank's debit to the receipt of what was paid since a moment.
func debitWaits(data, dsn string, since time.Time) (r result, err error) {
	driver := "pgx"
	if dsn == "" {
		driver, dsn = "sqlite", "file:"+filepath.Join(data, "balai.db")
	}
	d, err := sql.Open(driver, dsn)
	if err != nil {
		return r, err
	}
	defer d.Close()
	rows, err := d.Query(`select paid_at - debited_at from payment_receipt where paid_at >= $1 and debited_at > 0`, since.UnixMicro())
	if err != nil {
		return r, err
	}
	defer rows.Close()
	for rows.Next() {
		var n int64
		if err := rows.Scan(&n); err != nil {
			return r, err
		}
		r.waits = append(r.waits, time.Duration(n)*time.Microsecond)
	}
	r.sort()
	return r, rows.Err()
}
