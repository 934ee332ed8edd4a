package app

import (
	"strings"

	"balai/internal/spine/actor"
	"balai/internal/spine/locale"
	"balai/internal/ui"
)

// nav is the header's menu: a citizen's, or that of the post.
func (h *Hall) nav(a actor.Actor) []ui.NavItem {
	services := ui.NavItem{Text: locale.Text{MS: "Perkhidmatan", EN: "Services"}, Href: "/services", Prefix: "/service"}
	feedback := ui.NavItem{Text: locale.Text{MS: "Maklum balas", EN: "Feedback"}, Href: "/feedback/desk"}
	switch {
	case a.Acting():
		return []ui.NavItem{services, {Text: locale.Text{MS: "Urusan orang ini", EN: "This person's hall"}, Href: "/me"}}
	case strings.HasSuffix(a.Role, "/counter-officer"):
		return []ui.NavItem{{Text: locale.Text{MS: "Kaunter", EN: "Counter"}, Href: "/counter"},
			{Text: locale.Text{MS: "Kelulusan ID", EN: "ID approvals"}, Href: "/counter/enrolments"}, services}
	case strings.HasSuffix(a.Role, "/helper"):
		return []ui.NavItem{{Text: locale.Text{MS: "Bantuan", EN: "Helping"}, Href: "/helper"}, services}
	case strings.HasSuffix(a.Role, "/digital-officer"):
		return []ui.NavItem{{Text: locale.Text{MS: "Aplikasi", EN: "Applications"}, Href: "/apps"}, services}
	case strings.HasSuffix(a.Role, "/service-team"):
		return []ui.NavItem{{Text: locale.Text{MS: "Pasukan", EN: "Team"}, Href: "/team"},
			{Text: locale.Text{MS: "Aplikasi", EN: "Applications"}, Href: "/apps"},
			{Text: locale.Text{MS: "Ayat sedia guna", EN: "Phrases"}, Href: "/desk/phrases"}, services}
	case a.Role == "balai/administrator":
		return []ui.NavItem{{Text: locale.Text{MS: "Pentadbiran", EN: "Administration"}, Href: "/admin"},
			{Text: locale.Text{MS: "Bilik mel", EN: "Mail room"}, Href: "/letters"}, feedback, services}
	case strings.HasSuffix(a.Role, "/protection-officer"):
		return []ui.NavItem{{Text: locale.Text{MS: "Perlindungan", EN: "Protection"}, Href: "/protection"}, services}
	case strings.HasSuffix(a.Role, "/treasurer"):
		return []ui.NavItem{{Text: locale.Text{MS: "Kewangan", EN: "Finance"}, Href: "/payments"}, services}
	case a.Role == "audit/auditor":
		return []ui.NavItem{{Text: locale.Text{MS: "Meja kerja", EN: "Desk"}, Href: "/desk"}, {Text: locale.Text{MS: "Kewangan", EN: "Finance"}, Href: "/payments"}, services}
	case a.Role == "balai/mail-room":
		return []ui.NavItem{{Text: locale.Text{MS: "Bilik mel", EN: "Mail room"}, Href: "/letters"}, feedback, services}
	case a.Officer():
		return []ui.NavItem{{Text: locale.Text{MS: "Meja kerja", EN: "Desk"}, Href: "/desk"}, services}
	case a.SignedIn():
		return []ui.NavItem{services, {Text: locale.Text{MS: "Urusan saya", EN: "My hall"}, Href: "/me"}}
	default:
		return []ui.NavItem{services}
	}
}

// footer holds only links that lead somewhere.
func (h *Hall) footer() []ui.NavItem {
	return []ui.NavItem{
		{Text: locale.Text{MS: "Tentang laman ini", EN: "About this site"}, Href: "/about"},
		{Text: locale.Text{MS: "Agensi", EN: "Agencies"}, Href: "/agencies"},
		{Text: locale.Text{MS: "Soalan lazim", EN: "Common questions"}, Href: "/faq"},
		{Text: locale.Text{MS: "Hubungi kami", EN: "Contact us"}, Href: "/contact"},
		{Text: locale.Text{MS: "Maklum balas", EN: "Feedback"}, Href: "/feedback"},
		{Text: locale.Text{MS: "Perubahan dan arkib", EN: "Changes and archive"}, Href: "/archive"},
		{Text: locale.Text{MS: "Statistik", EN: "Statistics"}, Href: "/statistics"},
		{Text: locale.Text{MS: "Kebolehcapaian", EN: "Accessibility"}, Href: "/accessibility"},
		{Text: locale.Text{MS: "Privasi", EN: "Privacy"}, Href: "/privacy"},
		{Text: locale.Text{MS: "Dasar keselamatan", EN: "Security policy"}, Href: "/security"},
		{Text: locale.Text{MS: "Penafian dan hak cipta", EN: "Disclaimer and copyright"}, Href: "/terms"},
		{Text: locale.Text{MS: "Peta laman", EN: "Site map"}, Href: "/sitemap"},
		{Text: locale.Text{MS: "Kad laporan", EN: "Report card"}, Href: "/report"},
		{Text: locale.Text{MS: "Keadaan perkhidmatan", EN: "Service status"}, Href: "/status"},
		{Text: locale.Text{MS: "Rekod awam", EN: "Public journal"}, Href: "/journal"},
		{Text: locale.Text{MS: "Bayar bil", EN: "Pay a bill"}, Href: "/bill"},
		{Text: locale.Text{MS: "Semak sijil", EN: "Verify a certificate"}, Href: "/verify"},
		{Text: locale.Text{MS: "Daftar ID digital", EN: "Enrol for a digital ID"}, Href: "/enrol"},
		{Text: locale.Text{MS: "Untuk pembangun", EN: "For developers"}, Href: "/api"},
	}
}
