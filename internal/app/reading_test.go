package app

import (
	"io/fs"
	"testing"

	"balai/internal/domain/certificate"
	"balai/internal/domain/identity"
	"balai/internal/domain/identity/delegation"
	"balai/internal/domain/payment"
	"balai/internal/domain/payment/bill"
	"balai/internal/domain/portal"
	"balai/internal/domain/service"
	"balai/internal/domain/service/form"
	"balai/internal/spine/locale"
	"balai/internal/spine/notify"
)

// What a citizen reads has short sentences; the catalogue's texts are linted
// when they are loaded.
func TestReadingLevel(t *testing.T) {
	for part, texts := range map[string]fs.FS{"domain/portal": portal.Texts, "domain/service": service.Texts, "domain/service/form": form.Texts,
		"domain/certificate": certificate.Texts, "domain/payment": payment.Texts, "domain/payment/bill": bill.Texts, "domain/identity": identity.Texts, "domain/identity/delegation": delegation.Texts, "spine/notify": notify.Texts} {
		if _, err := fs.Stat(texts, "text.yaml"); err != nil {
			t.Errorf("%s: %v", part, err)
		}
		for _, s := range locale.LongSentences(texts, "text.yaml") {
			t.Errorf("internal/%s/text.yaml:%d: %s", part, s.Line, s)
		}
	}
}
