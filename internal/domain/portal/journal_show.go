package portal

import (
	"net/http"
	"strconv"
	"strings"

	"balai/internal/ui"
	"github.com/a-h/templ"
)

// head is the journal's last signed head, as a person reads it. Its text is
// ORIGIN, SIZE and ROOT on a line each (C2SP tlog-checkpoint).
type head struct {
	Origin, Root, VKey string
	Size               int64
}

func headOf(note []byte, origin, vkey string) head {
	h := head{Origin: origin, VKey: vkey}
	if lines := strings.Split(string(note), "\n"); len(lines) > 2 {
		h.Size, _ = strconv.ParseInt(lines[1], 10, 64) // a note of our own; 0 where it is no number
		h.Root = lines[2]
	}
	return h
}

// journal explains the public record and shows its head.
func (x *Portal) journal(w http.ResponseWriter, r *http.Request) error {
	note, err := x.Record.Checkpoint(r.Context())
	if err != nil {
		return err
	}
	h := headOf(note, x.Record.Origin(), x.Record.VKey())
	return say(w, r, "journal", func(p ui.Page) templ.Component { return journalPage(p, h, x.BaseURL) })
}
