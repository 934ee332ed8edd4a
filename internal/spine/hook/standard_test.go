package hook

import (
	"testing"
	"time"
)

// The vector that Standard Webhooks 1.0 gives.
func TestSignIsStandardWebhooks(t *testing.T) {
	const (
		key, id, at = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330
		want        = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
	)
	body := []byte(`{"test": 2432232314}`)
	for _, secret := range []string{key, "whsec_" + key} {
		got, err := Sign(secret, id, at, body)
		if err != nil || got != want {
			t.Errorf("%q %v, want %q", got, err, want)
		}
	}
	for header, ok := range map[string]bool{
		want: true, "v1,AAAA " + want: true, "v1a,x  v2,y " + want: true,
		"": false, "v1,": false, "v2," + want[3:]: false, want[3:]: false, "v1," + want[4:]: false,
	} {
		if Signed("whsec_"+key, header, id, at, body) != ok {
			t.Errorf("%q: not %v", header, ok)
		}
	}
	for name, other := range map[string]bool{
		"another id":   Signed(key, want, "msg_2", at, body),
		"another time": Signed(key, want, id, at+1, body),
		"another body": Signed(key, want, id, at, []byte(`{"test": 2432232315}`)),
		"another key":  Signed("whsec_AAAA", want, id, at, body),
		"no key":       Signed("", want, id, at, body),
	} {
		if other {
			t.Errorf("%s is taken", name)
		}
	}
}

// A message is taken while it is fresh, by either clock being wrong a little, and not
// afterwards or before its time: who has kept one cannot send it again for ever.
func TestFresh(t *testing.T) {
	secret, body := NewSecret(make([]byte, SecretSize)), []byte(`{}`)
	at := time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)
	h, err := Header("m1", at, body, secret)
	if err != nil {
		t.Fatal(err)
	}
	for wrong, want := range map[time.Duration]bool{0: true, Skew: true, -Skew: true, Skew + time.Second: false, -Skew - time.Second: false, 24 * time.Hour: false} {
		if got := Fresh(secret, h, at.Add(wrong), body); got != want {
			t.Errorf("with a clock wrong by %v: %v", wrong, got)
		}
	}
	h.Del(IDHeader)
	if Fresh(secret, h, at, body) {
		t.Error("without an id it is taken")
	}
}
