package app

import (
	"strconv"
	"time"

	"balai/internal/domain/notice"
)

// noticeDeps is what the messages of agencies' systems stand on.
func (h *Hall) noticeDeps() notice.Deps {
	days, err := strconv.Atoi(h.cfg.Get("notify-keep-days"))
	if err != nil || days < 1 {
		days = 7 // what a setting cannot say is kept no longer for it
	}
	return notice.Deps{DB: h.db, Clock: h.clock, IDs: h.ids, Texts: h.texts, Jobs: h.outbox, Blobs: h.blobs, Journal: h.journal,
		Directory: h.directory, Sender: h.notify, BaseURL: h.cfg.Get("base-url"), Site: h.site(), Log: h.log,
		Keep: time.Duration(days) * 24 * time.Hour, Demo: h.cfg.Demo}
}
