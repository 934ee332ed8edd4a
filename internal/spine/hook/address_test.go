package hook

import (
	"net/netip"
	"testing"
)

// Where events may go: https to public addresses, and this machine only where
// the hall says so.
func TestAddressesOfWebhooks(t *testing.T) {
	for url, want := range map[string][2]bool{ // without loopback, with it
		"https://jpj.contoh.example/hook": {true, true}, "https://8.8.8.8/x": {true, true}, "https://[2606:4700::1111]/": {true, true},
		"http://jpj.contoh.example/": {}, "ftp://jpj.contoh.example/": {}, "https:jpj.contoh.example": {}, "": {}, "/hook": {}, "https://": {},
		"https://user:pw@jpj.contoh.example/": {}, "https://user@jpj.contoh.example/": {}, "https://jpj.contoh.example/#x": {}, "https://jpj\n.example/": {},
		"http://127.0.0.1:9/": {false, true}, "https://localhost/": {false, true}, "http://[::1]:9/": {false, true}, "https://x.localhost/": {false, true},
		"https://LOCALHOST./": {false, true}, "https://[::ffff:127.0.0.1]/": {false, true},
		"https://10.0.0.1/": {}, "https://192.168.1.1/": {}, "https://172.16.3.4/": {}, "https://169.254.169.254/latest/meta-data": {}, "https://0.0.0.0/": {},
		"https://[fe80::1]/": {}, "https://[fc00::1]/": {}, "https://[::]/": {}, "https://100.64.0.1/": {}, "https://[64:ff9b::a00:1]/": {},
		"https://[2002:7f00:1::]/": {}, "https://224.0.0.1/": {}, "https://2130706433/": {}, "https://0x7f000001/": {}, "https://intranet/": {},
	} {
		for i, loopback := range []bool{false, true} {
			if err := checkAddress(url, loopback); (err == nil) != want[i] {
				t.Errorf("%q, loopback %v: %v", url, loopback, err)
			}
		}
	}
}

// A name that is public when it is looked at and leads into the hall's network
// when it is called is stopped at the connection.
func TestConnectionsOnlyToPublicAddresses(t *testing.T) {
	for address, want := range map[string][2]bool{
		"8.8.8.8:443": {true, true}, "[2606:4700::1111]:443": {true, true}, "127.0.0.1:443": {false, true}, "[::1]:443": {false, true},
		"[::ffff:127.0.0.1]:443": {false, true}, "10.1.2.3:443": {}, "[::ffff:10.1.2.3]:443": {}, "169.254.169.254:80": {}, "[fe80::1%eth0]:443": {},
		"192.0.2.1:443": {}, "198.18.0.1:443": {}, "240.0.0.1:443": {}, "255.255.255.255:443": {}, "[2001:db8::1]:443": {}, "[2001::1]:443": {}, "nonsense": {}, "[::7f00:1]:443": {}, "[::a00:1]:443": {}, "[4000::1]:443": {}, "[200::1]:443": {},
	} {
		for i, loopback := range []bool{false, true} {
			if err := control(loopback)("tcp", address, nil); (err == nil) != want[i] {
				t.Errorf("%s, loopback %v: %v", address, loopback, err)
			}
		}
	}
	if public(netip.Addr{}) {
		t.Error("no address is public")
	}
}
