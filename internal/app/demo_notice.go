package app

import (
	"context"

	"balai/internal/domain/notice"
	"balai/internal/spine/db"
)

// The agency of the demo country whose own system sends messages, and the name
// of its key.
const (
	demoSender = "jpn"
	demoKey    = "demo"
)

// demoNotify is what an outside program needs to send as that agency.
type demoNotify struct {
	ServiceID   string            `json:"service_id"`
	APIKey      string            `json:"api_key"`
	TemplateIDs map[string]string `json:"template_ids"`
}

// notify is the demo's key, made at the first start and the same from then on.
func (d *demoCountry) notify(ctx context.Context) (n demoNotify, err error) {
	h := d.hall
	err = h.db.Write(ctx, func(tx *db.Tx) error {
		k, found, err := h.notice.NamedKey(tx, demoSender, demoKey)
		if err == nil && !found {
			k, err = h.notice.MakeKeyTx(tx, demoSender, demoKey, notice.Normal, nil)
		}
		if err != nil {
			return err
		}
		n = demoNotify{ServiceID: k.Service, APIKey: k.String(), TemplateIDs: map[string]string{}}
		list, err := h.notice.Templates(tx, demoSender)
		for _, t := range list {
			n.TemplateIDs[t.Slug] = t.ID
		}
		return err
	})
	return n, err
}
