package main

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// peerRate is what GOV.UK Notify publishes of itself, in messages a second.
const peerRate = 360

// notices measures how many messages of an agency's system the built hall
// accepts over HTTP at full fsync: each is a token checked, a template filled
// in, and the notification, its leaf and its job in one commit. What was
// accepted is sent beside it.
func (b bench) notices(engines []string) error {
	fmt.Printf("\n### Messages of agencies' systems\n\nOver HTTP from 64 callers, with the server's sending beside it. The peer's published figure is %d a second. The work of a message, its sending with it, is the hall's own processor time, which other programs on the machine do not change; PostgreSQL's is beside it.\n", peerRate)
	fmt.Println("\n| message | engine | accepted a second | of the peer's | work | p50 | p99 | not accepted |\n|---|---|---|---|---|---|---|---|")
	for _, e := range engines {
		if err := b.notice1(e); err != nil {
			return err
		}
	}
	return nil
}

func (b bench) notice1(engine string) error {
	data, err := os.MkdirTemp("", "balai-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(data)
	for _, limit := range []string{"BALAI_NOTIFY_PER_MINUTE", "BALAI_NOTIFY_PER_DAY"} {
		if err := os.Setenv(limit, "100000000"); err != nil {
			return err
		}
		defer os.Unsetenv(limit)
	}
	h, err := b.start(data, b.dsn(engine))
	if err != nil {
		return err
	}
	defer h.stop()
	h.calm()
	var demo struct {
		Notify struct {
			Service string            `json:"service_id"`
			Key     string            `json:"api_key"`
			IDs     map[string]string `json:"template_ids"`
		} `json:"notify"`
	}
	text, err := os.ReadFile(filepath.Join(data, "demo.json"))
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, &demo); err != nil {
		return err
	}
	n := demo.Notify
	for _, kind := range []struct{ name, path, to, address, template string }{
		{"e-mail", "/v2/notifications/email", "email_address", "aisyah@contoh.example", "appointment-email"},
		{"text message", "/v2/notifications/sms", "phone_number", "012-345 6789", "appointment-sms"},
	} {
		body, err := json.Marshal(map[string]any{kind.to: kind.address, "template_id": n.IDs[kind.template], "reference": "bench",
			"personalisation": map[string]any{"name": "Aisyah", "date": "1 Disember", "time": "9 pagi", "place": "JPN Kelantan", "bring": []string{"Kad pengenalan"}}})
		if err != nil {
			return err
		}
		ask := post(h.address, kind.path, bearer(n.Service, n.Key[len(n.Key)-36:]), body)
		before := h.ticks()
		r := closed(h.address, 64, b.d, 201, func(int, int) []byte { return ask })
		work := float64(h.ticks()-before) * 10 / float64(max(1, r.n))
		note := ""
		if r.failures > 0 {
			note = fmt.Sprintf("%d (%s)", r.failures, r.first)
		}
		fmt.Printf("| %s | %s | %.0f | %.1f | %.1f ms | %s | %s | %s |\n", kind.name, engine, r.rate(), r.rate()/peerRate, work, ms(r.at(.5)), ms(r.at(.99)), note)
	}
	return nil
}

// bearer is a token of now, good for half a minute.
func bearer(service, secret string) string {
	enc := base64.RawURLEncoding
	text := enc.EncodeToString([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." +
		enc.EncodeToString([]byte(fmt.Sprintf(`{"iss":%q,"iat":%d}`, service, time.Now().Unix())))
	sum := hmac.New(sha256.New, []byte(secret))
	sum.Write([]byte(text))
	return text + "." + enc.EncodeToString(sum.Sum(nil))
}

func post(address, path, token string, body []byte) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "POST %s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n", path, address, token, len(body))
	b.Write(body)
	return b.Bytes()
}
