package app

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"balai/internal/spine/clock"
)

// ownTLS tells whether the hall ends TLS itself.
func (c Config) ownTLS() bool { return c.values["tls-cert"] != "" || c.values["tls-key"] != "" }

// guarded refuses an address that other machines reach where nothing protects
// what people send: passwords, identity numbers, a session.
func (c Config) guarded(host string) error {
	switch {
	case c.values["tls-cert"] == "" && c.values["tls-key"] != "":
		return misused("--tls-key is given without --tls-cert")
	case c.values["tls-cert"] != "" && c.values["tls-key"] == "":
		return misused("--tls-cert is given without --tls-key")
	}
	if _, err := proxies(c.values["proxy"]); err != nil {
		return err
	}
	if loopbackHost(host) {
		return nil
	}
	if !c.ownTLS() && c.values["proxy"] == "" {
		return misused("--listen %s is reached from other machines, and nothing would protect what people send: give the hall a certificate (--tls-cert, --tls-key), or name the proxy in front that has one (--proxy ADDRESS)", c.values["listen"])
	}
	if c.values["base-url"] == "" {
		return misused("--base-url is missing: the address that people will type, such as https://balai.example")
	}
	return nil
}

// loopbackHost tells whether only this machine reaches an address.
func loopbackHost(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// proxies reads the setting proxy: addresses and ranges, between commas.
func proxies(text string) ([]netip.Prefix, error) {
	var out []netip.Prefix
	for _, one := range strings.Split(text, ",") {
		one = strings.TrimSpace(one)
		if one == "" {
			continue
		}
		if a, err := netip.ParseAddr(one); err == nil {
			out = append(out, netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen()))
			continue
		}
		p, err := netip.ParsePrefix(one)
		if err != nil {
			return nil, misused("--proxy %q is neither an address such as 10.0.0.5 nor a range such as 10.0.0.0/24", one)
		}
		out = append(out, p.Masked())
	}
	return out, nil
}

// front is what stands between the network and the pages.
type front struct {
	proxies []netip.Prefix
	tls     *tls.Config // nil where the hall speaks plain HTTP
}

// unnamedProxy tells whether people reach the hall by an address that is not
// this machine's though it listens on this machine alone: by a proxy that
// nobody named. Every visitor would count as that proxy, and as this machine.
func (c Config) unnamedProxy() bool {
	host, _, err := net.SplitHostPort(c.Get("listen"))
	base, bad := url.Parse(c.Get("base-url"))
	return err == nil && bad == nil && loopbackHost(host) && !loopbackHost(base.Hostname()) && !c.ownTLS() && c.Get("proxy") == ""
}

func newFront(cfg Config, log *slog.Logger, c clock.Clock) (f front, err error) {
	if cfg.unnamedProxy() {
		return f, misused("people reach --base-url %s by a proxy on this machine, and nobody named it, so every visitor would count as this machine: add --proxy 127.0.0.1, and let the proxy set X-Forwarded-For", cfg.Get("base-url"))
	}
	if f.proxies, err = proxies(cfg.Get("proxy")); err != nil {
		return f, err
	}
	if !cfg.ownTLS() {
		return f, nil
	}
	k := &keptCertificate{cert: cfg.Get("tls-cert"), key: cfg.Get("tls-key"), log: log, clock: c}
	if err := k.load(); err != nil {
		return f, err
	}
	f.tls = &tls.Config{MinVersion: tls.VersionTLS13, GetCertificate: k.get, NextProtos: []string{"h2", "http/1.1"}}
	return f, nil
}

// over guards a listener: behind a declared proxy nobody else connects from
// another machine.
func (f front) over(l net.Listener) net.Listener {
	if len(f.proxies) > 0 {
		l = proxied{l, f}
	}
	if f.tls != nil {
		l = tls.NewListener(l, f.tls)
	}
	return l
}

// trusts tells whether an address is the proxy's, or this machine's.
func (f front) trusts(a netip.Addr) bool {
	a = a.Unmap()
	if a.IsLoopback() {
		return true
	}
	for _, p := range f.proxies {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// visitors makes RemoteAddr the visitor's own address: the newest in
// X-Forwarded-For that is not a proxy's. What stands before it, anybody may
// have written.
func (f front) visitors(next http.Handler) http.Handler {
	if len(f.proxies) == 0 {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if peer, err := netip.ParseAddrPort(r.RemoteAddr); err == nil && f.trusts(peer.Addr()) {
			hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
			for i := len(hops) - 1; i >= 0; i-- {
				a, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
				if err != nil {
					break
				}
				r.RemoteAddr = netip.AddrPortFrom(a.Unmap(), 0).String()
				if !f.trusts(a) {
					break
				}
			}
		}
		next.ServeHTTP(w, r)
	})
}

// proxied closes what comes from neither the proxy nor this machine.
type proxied struct {
	net.Listener
	front front
}

func (p proxied) Accept() (net.Conn, error) {
	for {
		conn, err := p.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if a, ok := conn.RemoteAddr().(*net.TCPAddr); ok && p.front.trusts(a.AddrPort().Addr()) {
			return conn, nil
		}
		_ = conn.Close() // a stranger learns nothing, not even a version
	}
}

// certificateLife is how long a renewed certificate stays unseen.
const certificateLife = time.Minute

// keptCertificate is the hall's certificate, read again when its file changes.
type keptCertificate struct {
	cert, key string
	log       *slog.Logger
	clock     clock.Clock

	mu      sync.Mutex
	pair    *tls.Certificate
	checked time.Time
	changed time.Time
}

// load reads the files and says in words what is wrong with them.
func (k *keptCertificate) load() error {
	info, err := os.Stat(k.cert)
	if err != nil {
		return fmt.Errorf("the certificate cannot be read: %w", err)
	}
	pair, err := tls.LoadX509KeyPair(k.cert, k.key)
	if err != nil {
		return fmt.Errorf("the certificate %s and the key %s: %w", k.cert, k.key, err)
	}
	leaf, err := x509.ParseCertificate(pair.Certificate[0])
	if err != nil {
		return fmt.Errorf("the certificate %s: %w", k.cert, err)
	}
	if now := k.clock.Now(); now.After(leaf.NotAfter) || now.Before(leaf.NotBefore) {
		return fmt.Errorf("the certificate %s holds from %s to %s, and today is %s: renew it", k.cert,
			clock.Day(leaf.NotBefore), clock.Day(leaf.NotAfter), clock.Day(now))
	}
	pair.Leaf = leaf
	k.pair, k.changed, k.checked = &pair, info.ModTime(), k.clock.Now()
	return nil
}

// get is the certificate for a connection. A renewed file that cannot be used
// leaves the old one in force, and is told to the log.
func (k *keptCertificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if now := k.clock.Now(); now.Sub(k.checked) >= certificateLife {
		k.checked = now
		if info, err := os.Stat(k.cert); err == nil && !info.ModTime().Equal(k.changed) {
			if err := k.load(); err != nil {
				k.log.Error("the renewed certificate is not used", "error", err)
			} else {
				k.log.Info("a renewed certificate is in use", "until", clock.Day(k.pair.Leaf.NotAfter))
			}
		}
	}
	return k.pair, nil
}

// redirect sends plain HTTP on to the hall's address.
func redirect(base string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// Not RequestURI, which may hold a whole address of somebody's choice.
		to := base + "/" + strings.TrimLeft(r.URL.EscapedPath(), "/")
		if r.URL.RawQuery != "" {
			to += "?" + r.URL.RawQuery
		}
		http.Redirect(w, r, to, http.StatusMovedPermanently)
	})
}

// serveRedirect opens the address of the setting redirect, if there is one,
// and gives what closes it.
func serveRedirect(cfg Config, log *slog.Logger) (done func(), err error) {
	addr := cfg.Get("redirect")
	if addr == "" {
		return func() {}, nil
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %s for the setting redirect: %w", addr, err)
	}
	sender := &http.Server{Handler: redirect(cfg.Get("base-url")), ReadTimeout: 10 * time.Second, WriteTimeout: 10 * time.Second,
		MaxHeaderBytes: 16 << 10, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug)}
	go func() { _ = sender.Serve(l) }() // ends with its listener
	return func() { _ = l.Close() }, nil
}
