package app

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"balai/internal/spine/clock"
)

// writeCertificate makes a certificate for localhost.
func writeCertificate(t *testing.T, dir, name string, from, to time.Time) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{"localhost"},
		NotBefore: from, NotAfter: to, BasicConstraintsValid: true, IsCA: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for file, block := range map[string]*pem.Block{"cert.pem": {Type: "CERTIFICATE", Bytes: der}, "key.pem": {Type: "EC PRIVATE KEY", Bytes: private}} {
		if err := os.WriteFile(filepath.Join(dir, file), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// TestOwnCertificate: the hall speaks TLS 1.3 and HTTP/2, takes up a renewed
// certificate, and keeps the old one where the new one is broken.
func TestOwnCertificate(t *testing.T) {
	dir, now := t.TempDir(), time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	c := clock.NewManual(now)
	writeCertificate(t, dir, "first", now.AddDate(0, 0, -1), now.AddDate(0, 0, 30))
	cfg, err := parseConfig("serve", []string{"--listen", "127.0.0.1:0", "--tls-cert", filepath.Join(dir, "cert.pem"), "--tls-key", filepath.Join(dir, "key.pem")}, nil)
	if err != nil {
		t.Fatal(err)
	}
	f, err := newFront(cfg, slog.New(slog.DiscardHandler), c)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.Proto) }), ErrorLog: slog.NewLogLogger(slog.DiscardHandler, 0)}
	go server.Serve(f.over(l))
	defer server.Close()
	seen := func(max uint16) (string, error) {
		conn, err := tls.Dial("tcp", l.Addr().String(), &tls.Config{InsecureSkipVerify: true, MaxVersion: max})
		if err != nil {
			return "", err
		}
		defer conn.Close()
		return conn.ConnectionState().PeerCertificates[0].Subject.CommonName, nil
	}
	if name, err := seen(0); err != nil || name != "first" {
		t.Fatalf("%q, %v", name, err)
	}
	if _, err := seen(tls.VersionTLS12); err == nil {
		t.Error("TLS 1.2 is answered")
	}
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, ForceAttemptHTTP2: true}}
	res, err := client.Get("https://" + l.Addr().String() + "/")
	if err != nil {
		t.Fatal(err)
	}
	if proto, _ := io.ReadAll(res.Body); string(proto) != "HTTP/2.0" {
		t.Errorf("spoken: %s", proto)
	}
	res.Body.Close()

	writeCertificate(t, dir, "second", now.AddDate(0, 0, -1), now.AddDate(0, 0, 60))
	later := now.Add(time.Hour)
	touch(t, filepath.Join(dir, "cert.pem"), later)
	c.Set(now.Add(certificateLife))
	if name, _ := seen(0); name != "second" {
		t.Errorf("after the renewal: %s", name)
	}
	if err := os.WriteFile(filepath.Join(dir, "cert.pem"), []byte("half a file"), 0o600); err != nil {
		t.Fatal(err)
	}
	c.Set(now.Add(3 * certificateLife))
	if name, err := seen(0); name != "second" {
		t.Errorf("after a broken renewal: %s, %v", name, err)
	}

	writeCertificate(t, dir, "old", now.AddDate(0, 0, -9), now.AddDate(0, 0, -1))
	if _, err := newFront(cfg, slog.New(slog.DiscardHandler), c); err == nil || !strings.Contains(err.Error(), "renew it") {
		t.Errorf("a certificate that has ended: %v", err)
	}
}

func touch(t *testing.T, path string, at time.Time) {
	t.Helper()
	if err := os.Chtimes(path, at, at); err != nil {
		t.Fatal(err)
	}
}

// TestVisitors: the visitor's address is the newest that no proxy has, and a
// stranger's word for it is not taken.
func TestVisitors(t *testing.T) {
	p, err := proxies("10.0.0.5, 10.1.0.0/16")
	if err != nil {
		t.Fatal(err)
	}
	f := front{proxies: p}
	for _, c := range []struct{ peer, forwarded, want string }{
		{"10.0.0.5:1", "203.0.113.7", "203.0.113.7"},
		{"10.0.0.5:1", "198.51.100.1, 203.0.113.7", "203.0.113.7"},
		{"10.0.0.5:1", "203.0.113.7, 10.1.2.3", "203.0.113.7"},
		{"10.0.0.5:1", "nonsense, 203.0.113.7", "203.0.113.7"},
		{"10.0.0.5:1", "203.0.113.7, nonsense", "10.0.0.5"},
		{"10.0.0.5:1", "", "10.0.0.5"},
		{"127.0.0.1:1", "2001:db8::1", "2001:db8::1"},
		{"192.0.2.9:1", "203.0.113.7", "192.0.2.9"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = c.peer
		if c.forwarded != "" {
			r.Header.Set("X-Forwarded-For", c.forwarded)
		}
		f.visitors(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			got, err := netip.ParseAddrPort(r.RemoteAddr)
			if err != nil || got.Addr() != netip.MustParseAddr(c.want) {
				t.Errorf("%s for %q is %s, want %s", c.peer, c.forwarded, r.RemoteAddr, c.want)
			}
		})).ServeHTTP(httptest.NewRecorder(), r)
	}
	if f.trusts(netip.MustParseAddr("192.0.2.9")) || !f.trusts(netip.MustParseAddr("::ffff:10.1.9.9")) {
		t.Error("who is a proxy")
	}
}

// TestStrangersAreClosed: behind a declared proxy a connection from elsewhere
// ends before a byte was read.
func TestStrangersAreClosed(t *testing.T) {
	mine, theirs := net.Pipe()
	defer theirs.Close()
	inner := &oneListener{conns: []net.Conn{addressed{mine, "192.0.2.9"}}}
	p, _ := proxies("10.0.0.5")
	if _, err := (front{proxies: p}).over(inner).Accept(); err != io.EOF {
		t.Errorf("a stranger's connection was handed on: %v", err)
	}
	if _, err := theirs.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("it was not closed: %v", err)
	}
	known, _ := net.Pipe()
	inner.conns = []net.Conn{addressed{known, "10.0.0.5"}}
	if conn, err := (front{proxies: p}).over(inner).Accept(); err != nil || conn == nil {
		t.Errorf("the proxy is refused: %v", err)
	}
}

type oneListener struct {
	net.Listener
	conns []net.Conn
}

func (l *oneListener) Accept() (net.Conn, error) {
	if len(l.conns) == 0 {
		return nil, io.EOF
	}
	c := l.conns[0]
	l.conns = l.conns[1:]
	return c, nil
}

type addressed struct {
	net.Conn
	ip string
}

func (a addressed) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.ParseIP(a.ip), Port: 1} }

// TestRedirect goes to the hall and nowhere else.
func TestRedirect(t *testing.T) {
	for asked, want := range map[string]string{
		"/":                     "https://balai.example/",
		"/me?lang=en":           "https://balai.example/me?lang=en",
		"//evil.example/x":      "https://balai.example/x",
		"http://evil.example/x": "https://balai.example/x",
	} {
		r := httptest.NewRequest("GET", "http://balai.example/", nil)
		u, err := r.URL.Parse(asked)
		if err != nil {
			t.Fatal(err)
		}
		r.URL, r.RequestURI = u, asked
		w := httptest.NewRecorder()
		redirect("https://balai.example").ServeHTTP(w, r)
		if got := w.Header().Get("Location"); w.Code != 301 || got != want {
			t.Errorf("%s goes to %s (%d)", asked, got, w.Code)
		}
	}
}
