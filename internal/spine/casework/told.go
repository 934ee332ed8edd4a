package casework

import (
	"balai/internal/spine/casework/calendar"
	"balai/internal/spine/db"
	"balai/internal/spine/locale"
)

// Correction is a register's value that was put right after a case had used it.
type Correction struct {
	Field    string // the fact's name, such as mother.name
	Label    locale.Text
	Old, New string
	Dispute  string // the case in which the owner decided, or that ended
	Ended    bool   // the entry itself no longer holds: Old and New say nothing
}

// ToldTx tells a case that a value which it used was wrong. A yes that stood on
// it goes to an officer, who finds it in order or wrong as in a sampled audit; a
// case that nobody has decided goes on with the right value, which its part
// reads. A case that was told of the same correction before is left alone.
func (e *Engine) ToldTx(tx *db.Tx, ref string, news Correction) (Case, error) {
	c, err := e.Get(tx, ref)
	if err != nil {
		return c, err
	}
	acts, err := e.Acts(tx, ref)
	if err != nil {
		return c, err
	}
	for _, a := range acts {
		if a.Kind == Told && a.Data["dispute"] == news.Dispute && a.Data["field"] == news.Field {
			return c, nil
		}
	}
	audit := c.Outcome == OutcomeApproved && c.Parent == "" && c.Audit != AuditOpen && c.Audit != AuditWrong
	if audit {
		from := e.now()
		due, err := e.due(c.Calendar, AuditDays, []calendar.Span{{Start: from}})
		if err != nil {
			return c, err
		}
		c.Audit, c.AuditRole, c.AuditDueAt, c.AuditFrom = AuditOpen, c.Plan[0].Role, due, from
	}
	return e.system(tx, c, Act{Kind: Told, Data: map[string]any{"field": news.Field, "label": textData(news.Label),
		"from": news.Old, "to": news.New, "dispute": news.Dispute, "ended": news.Ended, "audit": audit}})
}
