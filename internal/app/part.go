package app

import (
	"fmt"
	"io/fs"
	"sync"

	"balai/demo/calendar"
	"balai/internal/domain/backoffice"
	"balai/internal/domain/certificate"
	"balai/internal/domain/counter"
	"balai/internal/domain/desk"
	"balai/internal/domain/feedback"
	"balai/internal/domain/identity"
	"balai/internal/domain/identity/authenticator"
	"balai/internal/domain/identity/delegation"
	"balai/internal/domain/identity/op"
	"balai/internal/domain/identity/party"
	"balai/internal/domain/identity/proof"
	"balai/internal/domain/identity/recovery"
	"balai/internal/domain/identity/scim"
	"balai/internal/domain/insight"
	"balai/internal/domain/letter"
	"balai/internal/domain/notice"
	"balai/internal/domain/operating"
	"balai/internal/domain/payment"
	"balai/internal/domain/payment/bill"
	"balai/internal/domain/payment/payout"
	"balai/internal/domain/payment/statement"
	"balai/internal/domain/portal"
	"balai/internal/domain/protection"
	"balai/internal/domain/register"
	"balai/internal/domain/service"
	"balai/internal/domain/service/definition"
	"balai/internal/domain/service/form"
	"balai/internal/domain/service/replay"
	"balai/internal/spine/actor"
	"balai/internal/spine/blob"
	"balai/internal/spine/casework"
	calendars "balai/internal/spine/casework/calendar"
	"balai/internal/spine/db"
	"balai/internal/spine/directory"
	"balai/internal/spine/journal"
	"balai/internal/spine/ledger"
	"balai/internal/spine/locale"
	"balai/internal/spine/meter"
	"balai/internal/spine/notify"
	"balai/internal/spine/outbox"
	"balai/internal/spine/policy"
	"balai/internal/spine/web"
	"balai/internal/ui"
	"balai/internal/ui/kit"
)

// What each part brings: tables, sentences, policies, routes. Adding a part
// adds a line to each list that it has something for.

func migrations() []db.Migration {
	return []db.Migration{
		settingMigration(),
		blob.Migration(),
		actor.Migration(),
		journal.Migration(),
		outbox.Migration(),
		meter.Migration(),
		notify.Migration(),
		directory.Migration(),
		casework.Migration(),
		register.Migration(),
		certificate.Migration(),
		service.Migration(),
		delegation.Migration(),
		identity.Migration(),
		scim.Migration(),
		authenticator.Migration(),
		recovery.Migration(),
		op.Migration(),
		proof.Migration(),
		insight.Migration(),
		protection.Migration(),
		counter.Migration(),
		desk.Migration(),
		letter.Migration(),
		operating.Migration(),
		notice.Migration(),
		backoffice.Migration(),
		feedback.Migration(),
		ledger.Migration(),
		payment.Migration(),
		bill.Migration(),
		payout.Migration(),
		statement.Migration(),
	}
}

func texts() []fs.FS {
	return []fs.FS{
		appTexts,
		web.Texts,
		ui.Texts,
		kit.Texts,
		db.Texts,
		blob.Texts,
		journal.Texts,
		notify.Texts,
		directory.Texts,
		casework.Texts,
		register.Texts,
		certificate.Texts,
		service.Texts,
		replay.Texts,
		form.Texts,
		definition.Texts,
		identity.Texts,
		delegation.Texts,
		scim.Texts,
		authenticator.Texts,
		op.Texts,
		party.Texts,
		proof.Texts,
		insight.Texts,
		portal.Texts,
		desk.Texts,
		protection.Texts,
		counter.Texts,
		letter.Texts,
		operating.Texts,
		notice.Texts,
		backoffice.Texts,
		feedback.Texts,
		ledger.Texts,
		payment.Texts,
		bill.Texts,
		payout.Texts,
		statement.Texts,
	}
}

func policies() []string {
	return []string{
		hallPolicy,
		casework.Policy,
		service.Policy,
		certificate.Policy,
		identity.Policy,
		delegation.Policy,
		scim.Policy,
		op.Policy,
		party.Policy,
		proof.Policy,
		insight.Policy,
		portal.Policy,
		desk.Policy,
		protection.Policy,
		counter.Policy,
		letter.Policy,
		operating.Policy,
		notice.Policy,
		backoffice.Policy,
		feedback.Policy,
		payment.Policy,
		bill.Policy,
		payout.Policy,
	}
}

func (h *Hall) routes() []web.Route {
	var all []web.Route
	for _, part := range [][]web.Route{
		h.hallRoutes(),
		h.portal.Routes(),
		h.service.Routes(),
		h.certificate.Routes(),
		h.identity.Routes(),
		h.delegation.Routes(),
		h.scim.Routes(),
		h.op.Routes(),
		h.party.Routes(),
		h.proof.Routes(),
		h.insight.Routes(),
		h.desk.Routes(),
		h.protection.Routes(),
		h.counter.Routes(),
		h.letter.Routes(),
		h.operating.Routes(),
		h.notice.Routes(),
		h.cases.Routes(),
		h.office.Routes(),
		h.feedback.Routes(),
		h.payment.Routes(),
		h.bill.Routes(),
		h.payout.Routes(),
		h.statement.Routes(),
	} {
		all = append(all, part...)
	}
	return all
}

// What is read out of the binary is read once: a process may open more than one
// hall, as the demo does for its past.
var (
	loadTexts    = sync.OnceValues(func() (*locale.Catalog, error) { return locale.Load(texts()...) })
	loadPolicies = sync.OnceValues(func() (*policy.Set, error) {
		set, err := policy.Load(policies()...)
		if err != nil {
			return nil, fmt.Errorf("policies: %w", err)
		}
		return set, nil
	})
	loadCalendars = sync.OnceValues(func() (*calendars.Set, error) { return calendars.Load(calendar.Files) })
)
