package casework

import (
	"balai/internal/spine/clock"
	"balai/internal/spine/locale"
)

// Say is the sentence that tells what an act was, for the applicant's
// timeline, the officer's and the journal alike. What people wrote (a note, a
// question, reasons) is not in it; it is in Data and shown beside it.
func Say(p locale.Printer, a Act) string {
	key := "casework.did." + a.Kind
	str := func(field string) string { s, _ := a.Data[field].(string); return s }
	switch a.Kind {
	case Receive:
		if a.Data["appeal_of"] != nil {
			key += ".appeal"
		}
		if a.Data["unasked"] == true {
			key += ".unasked"
		}
	case Check, AuditFind:
		key += "." + str("finding")
	case Decide:
		if a.Data["automatic"] == true {
			key += ".automatic"
		} else {
			key += "." + str("verdict")
		}
	case Fee:
		if a.Data["online"] == true {
			key += ".online"
		}
	case Remind:
		if a.Data["pay_by_at"] != nil {
			key += ".fee"
		}
	case HandOver:
		if str("role") != "" {
			key += ".queue"
		}
	case Message:
		key += "." + str("side")
	case Told:
		if a.Data["ended"] == true {
			key += ".ended"
		}
		if a.Data["audit"] == true {
			key += ".audit"
		}
	}
	both := func(field string) locale.Text {
		t, _ := a.Data[field].(map[string]any)
		ms, _ := t["ms"].(string)
		en, _ := t["en"].(string)
		return locale.Text{MS: ms, EN: en}
	}
	answerDue, _ := wholeOf(a.Data["answer_due_at"])
	oldDue, _ := wholeOf(a.Data["old"])
	newDue, _ := wholeOf(a.Data["new"])
	cents, _ := wholeOf(a.Data["cents"])
	payBy, _ := wholeOf(a.Data["pay_by_at"])
	said := p.T(key,
		"day", p.Date(clock.FromMicro(answerDue)), "old", day(p, oldDue), "new", day(p, newDue),
		"fee", p.Ringgit(cents), "last", p.Date(clock.FromMicro(payBy-1)), "receipt", str("receipt"), "case", str("case"), "appeal", str("appeal"),
		"field", both("label"), "to", both("to_title"), "dispute", str("dispute"))
	if post := both("for_title"); !post.Empty() {
		said += " " + p.T("casework.did.for", "post", post)
	}
	return said
}

// day is a due date in words, or that there is none.
func day(p locale.Printer, at int64) string {
	if at == 0 {
		return p.T("casework.due.unknown")
	}
	return p.Date(clock.FromMicro(at))
}
