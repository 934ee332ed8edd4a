package feedback

import (
	"net/http"
	"testing"
)

// Whoever has one IPv6 address has its whole /64: they are one sender.
func TestSendersByNetwork(t *testing.T) {
	of := func(remote string) string { return sender(&http.Request{RemoteAddr: remote}) }
	one := of("[2001:db8:1:2::1]:4000")
	if one != of("[2001:db8:1:2:ffff::9%eth0]:5000") || one == of("[2001:db8:1:3::1]:4000") {
		t.Error("an IPv6 sender is not their network")
	}
	if of("192.0.2.7:4000") == of("192.0.2.8:4000") || of("192.0.2.7:4000") != of("[::ffff:192.0.2.7]:0") {
		t.Error("an IPv4 sender is not their address")
	}
}
