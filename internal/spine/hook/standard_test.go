package hook

import (
	"testing"
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
