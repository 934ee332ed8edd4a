package hook

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"unicode"
)

// An address is somebody else's to choose, so it must not lead the
// hall into its own network: https only, and public addresses only. The name
// is looked at here; the address that it leads to is looked at when the
// connection is made (control), so that a name cannot change its mind between
// a look and a connection.

// checkAddress refuses what may not be called.
func checkAddress(text string, loopback bool) error {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Opaque != "" || strings.ContainsFunc(text, odd) {
		return errors.New("this is no web address")
	}
	if u.User != nil || u.Fragment != "" {
		return errors.New("a name, a password or a fragment has no place in it")
	}
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	ip, numeric := netip.ParseAddr(host)
	local := host == "localhost" || strings.HasSuffix(host, ".localhost") || numeric == nil && ip.Unmap().IsLoopback()
	switch {
	case local && loopback && (u.Scheme == "http" || u.Scheme == "https"):
		return nil
	case u.Scheme != "https":
		return errors.New("it must begin with https://")
	case local, numeric == nil && !public(ip):
		return errors.New("it must be a public address")
	case numeric != nil && !strings.Contains(host, "."): // a machine of the hall's own network, or a number in another way of writing
		return errors.New("it must be a public name")
	}
	return nil
}

// odd are characters that hide what an address is.
func odd(r rune) bool {
	return unicode.IsControl(r) || unicode.IsSpace(r) || unicode.Is(unicode.Bidi_Control, r) || r == unicode.ReplacementChar
}

// special are ranges that lead to nowhere public, beside those that netip
// knows: IANA's registries of special-purpose addresses.
var special = prefixes("0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24",
	"203.0.113.0/24", "240.0.0.0/4", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")

// given is all of IPv6 that is given out to anybody; the rest holds other ways
// of writing an address of IPv4, and what is used within a network.
var given = netip.MustParsePrefix("2000::/3")

func prefixes(texts ...string) (out []netip.Prefix) {
	for _, t := range texts {
		out = append(out, netip.MustParsePrefix(t))
	}
	return out
}

// public tells whether an address is one of the open network.
func public(ip netip.Addr) bool {
	ip = ip.Unmap().WithZone("")
	if !ip.IsValid() || !ip.IsGlobalUnicast() || ip.IsPrivate() || ip.IsLoopback() || ip.IsLinkLocalUnicast() || ip.IsMulticast() {
		return false
	}
	if ip.Is6() && !given.Contains(ip) {
		return false
	}
	for _, p := range special {
		if p.Contains(ip) {
			return false
		}
	}
	return true
}

// control refuses a connection to an address that is not public, right before
// it is made.
func control(loopback bool) func(network, address string, _ syscall.RawConn) error {
	return func(_, address string, _ syscall.RawConn) error {
		host, _, err := net.SplitHostPort(address)
		if err != nil {
			return err
		}
		ip, err := netip.ParseAddr(host)
		if err != nil {
			return err
		}
		if public(ip) || loopback && ip.Unmap().IsLoopback() {
			return nil
		}
		return fmt.Errorf("the name leads to %s, which is no public address", ip)
	}
}
