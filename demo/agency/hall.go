package main

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

// hall is the hall as this system knows it: its address and the key.
type hall struct {
	BaseURL string `json:"base_url"`
	Today   string `json:"today"`
	Key     struct {
		Agency string `json:"agency"`
		API    string `json:"api_key"`
		Secret string `json:"webhook_secret"`
	} `json:"back_office"`
}

func readHall(path string) (*hall, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%w: start the hall first with `make demo`", err)
	}
	h := &hall{}
	if err := json.Unmarshal(text, h); err != nil || h.Key.API == "" {
		return nil, fmt.Errorf("%s has no back_office: it is of an older hall", path)
	}
	for _, secret := range []string{h.Key.API, h.Key.Secret} {
		if keyOf(secret) == nil {
			return nil, fmt.Errorf("%s has a key that is none of the form whsec_BASE64", path)
		}
	}
	return h, nil
}

// keyOf is a secret's bytes; nil where it is none, as one that is empty or so
// short that it could be guessed.
func keyOf(secret string) []byte {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil || len(key) < 24 {
		return nil
	}
	return key
}

// sign is Standard Webhooks 1.0: the HMAC-SHA256 of ID.TIME.BODY.
func sign(secret, id string, at int64, body []byte) string {
	m := hmac.New(sha256.New, keyOf(secret))
	fmt.Fprintf(m, "%s.%d.%s", id, at, body)
	return "v1," + base64.StdEncoding.EncodeToString(m.Sum(nil))
}

// client follows nothing: what is signed is for the hall alone.
var client = &http.Client{Timeout: 15 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

// send hands something in, signed, and gives the answer.
func (h *hall) send(method, path string, body any) ([]byte, error) {
	path = "/api/v1/back-office" + path
	var text []byte
	signed := []byte(path) // a request without a body signs its address
	if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			return nil, err
		}
		signed = text
	}
	req, err := http.NewRequest(method, h.BaseURL+path, bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	id, at := rand.Text(), time.Now().Unix()
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept-Language", "en")
	req.Header.Set("Balai-Agency", h.Key.Agency)
	req.Header.Set("webhook-id", id)
	req.Header.Set("webhook-timestamp", strconv.FormatInt(at, 10))
	req.Header.Set("webhook-signature", sign(h.Key.API, id, at, signed))
	res, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, 4<<20))
	if err == nil && res.StatusCode/100 != 2 {
		err = fmt.Errorf("%s %s: %d %s", method, path, res.StatusCode, answer)
	}
	return answer, err
}
