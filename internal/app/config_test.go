package app

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"balai/internal/spine/clock"
	"balai/internal/spine/keep"
)

// TestReached: an address that other machines reach needs a certificate or a
// declared proxy.
func TestReached(t *testing.T) {
	for _, c := range []struct{ args, says string }{
		{"", ""},
		{"--listen localhost:8080", ""},
		{"--listen 127.9.9.9:8080", ""},
		{"--listen [::1]:8080", ""},
		{"--listen :8080", "nothing would protect"},
		{"--listen 0.0.0.0:8080", "nothing would protect"},
		{"--listen [::]:8080", "nothing would protect"},
		{"--listen 192.0.2.1:8080 --base-url http://192.0.2.1:8080", "nothing would protect"},
		{"--listen balai.example:8080 --base-url https://balai.example", "nothing would protect"},
		{"--listen :8443 --tls-cert c.pem", "without --tls-key"},
		{"--listen :8443 --tls-key k.pem", "without --tls-cert"},
		{"--listen :8443 --tls-cert c.pem --tls-key k.pem", "--base-url is missing"},
		{"--listen :8443 --tls-cert c.pem --tls-key k.pem --base-url http://balai.example", "plain HTTP"},
		{"--listen :8443 --tls-cert c.pem --tls-key k.pem --base-url https://balai.example", ""},
		{"--listen :8080 --proxy 10.0.0.5,10.1.0.0/24 --base-url https://balai.example", ""},
		{"--listen :8080 --proxy yes --base-url https://balai.example", "neither an address"},
		{"--listen 127.0.0.1:8443 --tls-cert c.pem --tls-key k.pem", ""},
	} {
		for _, verb := range []string{"serve", "demo"} {
			_, err := parseConfig(verb, strings.Fields(c.args), nil)
			if (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
				t.Errorf("%s %s: %v, want %q", verb, c.args, err, c.says)
			}
		}
	}
	cfg, err := parseConfig("serve", []string{"--listen", "127.0.0.1:8443", "--tls-cert", "c", "--tls-key", "k"}, nil)
	if err != nil || cfg.Get("base-url") != "https://localhost:8443" {
		t.Errorf("a hall with a certificate is at %s, %v", cfg.Get("base-url"), err)
	}
}

// TestProxyOnThisMachineIsNamed: who is reached by a proxy on the same machine
// has to name it, else every visitor is this machine.
func TestProxyOnThisMachineIsNamed(t *testing.T) {
	for _, c := range []struct{ args, says string }{
		{"", ""},
		{"--base-url http://localhost:9090", ""},
		{"--listen [::1]:8080 --base-url https://[::1]", ""},
		{"--listen 127.0.0.1:8080 --base-url https://balai.example", "add --proxy 127.0.0.1"},
		{"--listen localhost:8080 --base-url https://balai.example", "add --proxy 127.0.0.1"},
		{"--listen 127.0.0.1:8080 --base-url https://balai.example --proxy 127.0.0.1", ""},
		{"--listen :8080 --base-url https://balai.example --proxy 10.0.0.5", ""},
	} {
		cfg, err := parseConfig("serve", strings.Fields(c.args), nil)
		if err != nil {
			t.Fatalf("%s: %v", c.args, err) // the other commands take it
		}
		_, err = newFront(cfg, slog.New(slog.DiscardHandler), clock.System())
		if (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", c.args, err, c.says)
		}
		wrong := slices.ContainsFunc(settingsFound(cfg), func(f keep.Finding) bool { return f.About == "settings" && f.State == keep.Wrong })
		if wrong != (c.says != "") {
			t.Errorf("%s: the doctor says %+v", c.args, settingsFound(cfg))
		}
	}
}

// TestDoctorLooksAtTheCertificate: a certificate that the hall would refuse is
// wrong for the doctor too, and an address that the folder remembers from
// before the certificate is not held against it.
func TestDoctorLooksAtTheCertificate(t *testing.T) {
	dir := t.TempDir()
	junk := filepath.Join(dir, "junk.pem")
	for _, path := range []string{junk, filepath.Join(dir, addressFile)} {
		if err := os.WriteFile(path, []byte("http://localhost:18311\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cfg, _, err := hallConfig([]string{"--data", dir, "--tls-cert", junk, "--tls-key", junk}, nil)
	if err != nil || cfg.Get("base-url") != "https://localhost:8080" {
		t.Fatalf("a folder with an older address: %s, %v", cfg.Get("base-url"), err)
	}
	wrong := func(f keep.Finding) bool { return f.State == keep.Wrong && strings.Contains(f.Says, junk) }
	if found := settingsFound(cfg); !slices.ContainsFunc(found, wrong) {
		t.Errorf("the doctor on a certificate that is none: %+v", found)
	}
}

// TestSecrets: a secret comes from the environment or a file, never from a
// command line, and is taken whole.
func TestSecrets(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	token := file("token", "s3cret \n")
	for _, c := range []struct {
		args    []string
		environ []string
		want    string
		says    string
	}{
		{nil, []string{"BALAI_SMS_TOKEN=s3cret"}, "s3cret", ""},
		{nil, []string{"BALAI_SMS_TOKEN_FILE=" + token}, "s3cret ", ""},
		{[]string{"--sms-token-file", token}, nil, "s3cret ", ""},
		{[]string{"--config", file("conf", "sms-token-file = "+token+"\n")}, nil, "s3cret ", ""},
		{[]string{"--config", file("conf2", "sms-token = s3cret\n")}, nil, "s3cret", ""},
		{[]string{"--sms-token", "s3cret"}, nil, "", "BALAI_SMS_TOKEN_FILE"},
		{nil, []string{"BALAI_SMS_TOKEN=a", "BALAI_SMS_TOKEN_FILE=" + token}, "", "given twice"},
		{nil, []string{"BALAI_SMS_TOKEN_FILE=" + filepath.Join(dir, "absent")}, "", "no such file"},
		{nil, []string{"BALAI_SMS_TOKEN_FILE=" + file("empty", "\n")}, "", "one line"},
		{nil, []string{"BALAI_SMS_TOKEN_FILE=" + file("two", "a\nb\n")}, "", "one line"},
		{nil, []string{"BALAI_SMS_TOKEN_FILE=" + file("large", strings.Repeat("a", secretLimit+1))}, "", "larger than"},
	} {
		cfg, err := parseConfig("serve", c.args, c.environ)
		switch {
		case c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)):
			t.Errorf("%v %v: %v, want %q", c.args, c.environ, err, c.says)
		case c.says != "" && strings.Contains(err.Error(), "s3cret"):
			t.Errorf("the secret is in the error: %v", err)
		case c.says == "" && (err != nil || cfg.Get("sms-token") != c.want):
			t.Errorf("%v %v: %q, %v", c.args, c.environ, cfg.Get("sms-token"), err)
		}
	}
	// What is given twice is refused; what looks like a setting, and a secret
	// that everybody can read, are told of.
	if _, err := parseConfig("serve", []string{"--config", file("twice", "proxy = 10.0.0.1\nproxy = 10.0.0.2\n")}, nil); err == nil || !strings.Contains(err.Error(), "twice:2: proxy is given twice") {
		t.Errorf("a line given twice: %v", err)
	}
	readable := file("readable", "sms-token = s3cret\n")
	if err := os.Chmod(readable, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ path, variable, says string }{
		{readable, "BALAI_LISTEN=localhost:1", readable + " has the secret sms-token"},
		{file("kept", "sms-token = s3cret\n"), "BALAI_NOSUCH=1", "the environment variable BALAI_NOSUCH is no setting"},
		{file("kept2", "sms-token = s3cret\n"), "BALAI_SMTP_PASSWORD_FILE=" + token, ""},
	} {
		cfg, err := parseConfig("serve", []string{"--config", c.path}, []string{c.variable, "HOME=/"})
		told := strings.Join(cfg.look, "\n")
		if err != nil || (c.says == "") != (told == "") || !strings.Contains(told, c.says) || strings.Contains(told, "s3cret") {
			t.Errorf("%s, %s: %q, %v", c.path, c.variable, told, err)
		}
		found := settingsFound(cfg)
		if c.says != "" && !slices.ContainsFunc(found, func(f keep.Finding) bool { return f.State == keep.Look && strings.Contains(f.Says, c.says) }) {
			t.Errorf("the doctor says %+v", found)
		}
	}
	cfg, err := parseConfig("serve", nil, []string{"BALAI_DB_FILE=" + file("dsn", "postgres://balai:pw@db.example/balai\n")})
	if err != nil || cfg.Get("db") != "postgres://balai:pw@db.example/balai" {
		t.Errorf("db from a file: %v", err)
	}
}

// TestConfigInForce: what holds is shown with where it is from, and no secret
// with it; what does not fit is shown too, and refused.
func TestConfigInForce(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	token := file("token", "s3cret-token\n")
	conf := file("conf", "# ours\ndb = postgres://balai:s3cret-pw@db.example/balai?sslmode=require\nsms-token-file = "+token+
		"\nsms-url = https://user:s3cret-sms@sms.example/send\nlog-format = json\nblobs-key = s3cret-key\n")
	environ := []string{"BALAI_OTEL_TOKEN=s3cret-otel", "BALAI_LOG_FORMAT=text", "BALAI_LISTN=x"}
	shows := func(code int, args ...string) (out, err string) {
		t.Helper()
		var o, e bytes.Buffer
		if got := Main(t.Context(), append([]string{"config"}, args...), environ, Std{Out: &o, Err: &e}); got != code {
			t.Errorf("config %v: exit %d\n%s%s", args, got, &o, &e)
		}
		if strings.Contains(o.String()+e.String(), "s3cret") {
			t.Errorf("config %v shows a secret:\n%s%s", args, &o, &e)
		}
		return strings.Join(strings.Fields(o.String()), " "), e.String()
	}
	out, told := shows(0, "--config", conf, "--listen", "127.0.0.1:99")
	for _, want := range []string{" listen 127.0.0.1:99 --listen ", " base-url http://localhost:99 worked out from listen ", " log-format text BALAI_LOG_FORMAT ",
		" db postgres://balai@db.example/balai?sslmode=require " + conf + ":2 ", " sms-token set " + token + ", which " + conf + ":3 names ",
		" sms-url https://user:xxxxx@sms.example/send " + conf + ":4 ", " blobs-key set " + conf + ":6 ", " otel-token set BALAI_OTEL_TOKEN ",
		" metrics-token not set default ", " tls-cert (empty) default ", " otel-share 0.1 default "} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	if strings.Contains(out, " seed ") || !strings.Contains(told, "BALAI_LISTN is no setting") {
		t.Errorf("%s\n%s", out, told)
	}
	if out, _ = shows(0, "--demo", "--seed", "7"); !strings.Contains(out, " seed 7 --seed ") {
		t.Error(out)
	}
	var whole struct {
		Settings []inForce
		Look     []string
	}
	out, _ = shows(0, "--json", "--config", conf)
	if err := json.Unmarshal([]byte(out), &whole); err != nil || len(whole.Settings) < 30 || len(whole.Look) != 1 || whole.Settings[0].From != fromDefault {
		t.Errorf("%v\n%s", err, out)
	}
	if out, told = shows(2, "--listen", ":8080"); !strings.Contains(out, " listen :8080 --listen ") || !strings.Contains(told, "nothing would protect") {
		t.Errorf("what does not fit: %s\n%s", out, told)
	}
	_, told = shows(1, "--config", file("twice", "proxy = 10.0.0.1\n\nproxy = 10.0.0.2\n"))
	if !strings.Contains(told, "twice:3: proxy is given twice, first on line 1") {
		t.Error(told)
	}
}

// TestOperateTable: docs/operate.md has the table that the program prints, and
// the printed configuration file is read without a fault once it is filled in.
func TestOperateTable(t *testing.T) {
	var table, file bytes.Buffer
	configMarkdown(&table)
	page, err := os.ReadFile("../../docs/operate.md")
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		head, rest, _ := bytes.Cut(page, []byte("| setting |"))
		_, tail, _ := bytes.Cut(rest, []byte("\n\n"))
		page = slices.Concat(head, table.Bytes(), []byte("\n"), tail)
		if err := os.WriteFile("../../docs/operate.md", page, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Contains(page, table.Bytes()) {
		t.Errorf("docs/operate.md is not what `balai config --markdown` prints; run go test ./internal/app -run OperateTable -update")
	}
	configFile(&file)
	path := filepath.Join(t.TempDir(), "balai.conf")
	var filled []string
	for line := range strings.Lines(file.String()) {
		if k, _, setting := strings.Cut(line, " = "); setting && strings.HasPrefix(k, "#") && !strings.HasPrefix(k, "# ") {
			filled = append(filled, line[1:])
		}
	}
	if len(filled) < len(settings)-2 {
		t.Fatalf("%d lines for %d settings", len(filled), len(settings))
	}
	if err := os.WriteFile(path, []byte(strings.Join(filled, "")), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := parseConfig("serve", []string{"--config", path}, nil); err != nil {
		t.Errorf("the printed configuration file: %v", err)
	}
}
