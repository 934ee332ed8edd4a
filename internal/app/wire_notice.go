package app

import (
	"context"
	"strconv"
	"strings"
	"time"

	"balai/internal/domain/letter"
	"balai/internal/domain/notice"
	"balai/internal/spine/db"
)

// sheets hands letters of agencies' systems to the mail room, and tells the
// systems what became of them.
type sheets struct{ h *Hall }

func sheetOf(s notice.Sheet) letter.Sheet {
	out := letter.Sheet{ID: s.ID, Agency: s.Agency, Lang: s.Lang, Lines: s.To.Lines, Subject: s.Subject, Body: s.Body, File: s.File, Pages: s.Pages}
	if len(s.To.Lines) > 0 {
		out.To = letter.Address{Name: s.To.Lines[0], Line: strings.Join(s.To.Lines[1:], ", "), Postcode: s.To.Postcode, City: s.To.City, Region: s.To.Area}
	}
	if out.To.Line == "" {
		out.To.Line = s.To.Lines[0] // the address is on the file itself
	}
	return out
}

func (s sheets) TakeTx(tx *db.Tx, one notice.Sheet) error { return s.h.letter.TakeTx(tx, sheetOf(one)) }

func (s sheets) DropTx(tx *db.Tx, id string) error { return s.h.letter.DropTx(tx, id) }

func (s sheets) Print(ctx context.Context, one notice.Sheet) ([]byte, int, error) {
	return s.h.letter.Print(ctx, sheetOf(one))
}

func (s sheets) PostedTx(tx *db.Tx, id string) error {
	if strings.HasPrefix(id, proofSheet) { // a code is on its paper and nowhere else
		return s.h.letter.DropTx(tx, id)
	}
	return s.h.notice.PostedTx(tx, id)
}

func (s sheets) ReturnedTx(tx *db.Tx, id string) error {
	if strings.HasPrefix(id, proofSheet) {
		return nil // its code ends by itself
	}
	return s.h.notice.ReturnedTx(tx, id)
}

// noticeDeps is what the messages of agencies' systems stand on.
func (h *Hall) noticeDeps() notice.Deps {
	limits := notice.Limits{Minute: h.atLeastOne("notify-per-minute", notice.NotifyLimits.Minute), Day: h.atLeastOne("notify-per-day", notice.NotifyLimits.Day)}
	return notice.Deps{DB: h.db, Clock: h.clock, IDs: h.ids, Texts: h.texts, Jobs: h.outbox, Blobs: h.blobs, Journal: h.journal,
		Directory: h.directory, Sender: h.notify, Post: sheets{h}, BaseURL: h.cfg.Get("base-url"), Site: h.site(), Log: h.log, Meter: h.meter, Hook: h.hook, Limits: limits,
		Keep: time.Duration(h.atLeastOne("notify-keep-days", 7)) * 24 * time.Hour, Demo: h.cfg.Demo}
}

// atLeastOne is a setting that is a number, or the fallback where it is none.
func (h *Hall) atLeastOne(name string, fallback int64) int64 {
	n, err := strconv.ParseInt(h.cfg.Get(name), 10, 32)
	if err != nil || n < 1 {
		return fallback
	}
	return n
}
