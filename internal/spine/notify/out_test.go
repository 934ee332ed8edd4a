package notify

import (
	"net/mail"
	"strings"
	"testing"
)

func TestFragments(t *testing.T) {
	for _, c := range []struct {
		text string
		want int
	}{
		{"", 1}, {strings.Repeat("a", 160), 1}, {strings.Repeat("a", 161), 2}, {strings.Repeat("a", 306), 2}, {strings.Repeat("a", 307), 3},
		{strings.Repeat("€", 80), 1}, {strings.Repeat("€", 81), 2}, {strings.Repeat("爱", 70), 1}, {strings.Repeat("爱", 71), 2}, {strings.Repeat("😀", 35), 1}, {strings.Repeat("😀", 36), 2},
	} {
		if got := Fragments(c.text); got != c.want {
			t.Errorf("%d × %.4q: %d, want %d", len([]rune(c.text)), c.text, got, c.want)
		}
	}
}

// Who writes and where a subscription ends can bring no header of their own.
func TestHeadersOfAMailSentOut(t *testing.T) {
	data, err := compose(&mail.Address{Address: "hall@contoh.example"}, &mail.Address{Address: "a@contoh.example"},
		Mail{ID: "1", Subject: "S", Body: "B", Sender: "Jabatan\r\nBcc: b@contoh.example", Unsubscribe: "https://x.example/\r\nBcc: c@contoh.example"})
	if err != nil {
		t.Fatal(err)
	}
	m, err := mail.ReadMessage(strings.NewReader(string(data)))
	if err != nil {
		t.Fatal(err)
	}
	if from, err := m.Header.AddressList("From"); err != nil || len(from) != 1 || from[0].Address != "hall@contoh.example" || m.Header.Get("Bcc") != "" {
		t.Errorf("%v, %v", m.Header, err)
	}
	if m.Header.Get("List-Unsubscribe-Post") != "List-Unsubscribe=One-Click" {
		t.Errorf("%v", m.Header)
	}
}
