package desk

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"balai/internal/spine/actor"
	"balai/internal/spine/casework"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
)

// phrase is a sentence that an agency or an officer keeps to be chosen again.
type phrase struct {
	ID, Person string // Person wrote it
	Agency     string // whose it is; "" is the person's own
	For        string // the step at which it is offered
	Service    string // of which service; "" is all
	Text       locale.Text
	CreatedAt  int64
	DeletedAt  int64 // 0 is in use
}

// phraseSteps are where a phrase is offered: a yes, a no, a question.
func phraseSteps() []string { return []string{casework.Approve, casework.Refuse, casework.Ask} }

// Bounds of what is kept: more nobody finds their way in.
const (
	longestPhrase = 500
	mostPhrases   = 100 // of one officer, or of one agency
)

// keepsAgency tells whether the phrases that a keeps are the agency's: its
// heads and the teams of its services speak for it. Others keep their own.
func keepsAgency(a actor.Actor) bool { return head(a) || team(a) }

// keeps tells whether the phrase is a's to change.
func (f phrase) keeps(a actor.Actor) bool {
	if f.Agency != "" {
		return keepsAgency(a) && f.Agency == a.Agency
	}
	return !keepsAgency(a) && f.Person == a.Person
}

// check says what is wrong with a phrase. What an agency offers is in both
// languages; an officer's own is in at least one.
func (f phrase) check(services []ServiceName) []fault.Field {
	var out []fault.Field
	wrong := func(location, key string, args ...any) {
		out = append(out, fault.Field{Location: location, Key: key, Args: args})
	}
	if !slices.Contains(phraseSteps(), f.For) {
		wrong("for", "desk.phrase.for.needed")
	}
	if f.Service != "" && !slices.ContainsFunc(services, func(s ServiceName) bool { return s.Kind == f.Service }) {
		wrong("service", "casework.fault.choice")
	}
	for _, one := range [][2]string{{"ms", f.Text.MS}, {"en", f.Text.EN}} {
		switch {
		case one[1] == "" && (f.Agency != "" || f.Text.Empty() && one[0] == "ms"):
			key := "desk.phrase.needed"
			if f.Agency != "" {
				key += "." + one[0]
			}
			wrong(one[0], key)
		case utf8.RuneCountInString(one[1]) > longestPhrase:
			wrong(one[0], "casework.fault.long", "max", longestPhrase)
		}
	}
	return out
}

// plainPhrase is a text as a phrase holds it: one line without characters that
// control how others are shown.
func plainPhrase(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && !unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) && r != '\u200c' && r != '\u200d' || r == unicode.ReplacementChar {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	return strings.Join(strings.Fields(s), " ")
}

// both is the phrase in both languages; an officer's own may have only one,
// which then stands in both.
func (f phrase) both() locale.Text {
	t := f.Text
	if t.MS == "" {
		t.MS = t.EN
	}
	if t.EN == "" {
		t.EN = t.MS
	}
	return t
}

// savePhrase keeps a new phrase, or changes one. The same phrase twice is one.
func (d *Desk) savePhrase(tx *db.Tx, a actor.Actor, f phrase) error {
	list, err := phrasesOf(tx, a)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(list, func(o phrase) bool {
		return o.ID != f.ID && o.For == f.For && o.Service == f.Service && o.Text == f.Text
	}) {
		return nil
	}
	known := slices.ContainsFunc(list, func(o phrase) bool { return o.ID == f.ID })
	if !known && len(list) >= mostPhrases {
		return fault.New(fault.Conflict, "desk.phrase.full", "most", mostPhrases)
	}
	if err := keepPhrase(tx, f); err != nil {
		return err
	}
	if known {
		return d.recordPhrase(tx, a, f, "change")
	}
	return d.recordPhrase(tx, a, f, "add")
}

// markPhrase takes a phrase out of use, or back in.
func (d *Desk) markPhrase(tx *db.Tx, a actor.Actor, id string, deleted int64) error {
	f, err := phraseByID(tx, id)
	if err != nil {
		return err
	}
	if !f.keeps(a) {
		return fault.New(fault.Missing, "web.error.missing")
	}
	if (f.DeletedAt == 0) == (deleted == 0) {
		return nil
	}
	did := "remove"
	if f.DeletedAt = deleted; deleted == 0 {
		did = "restore"
		if list, err := phrasesOf(tx, a); err != nil {
			return err
		} else if len(list) >= mostPhrases {
			return fault.New(fault.Conflict, "desk.phrase.full", "most", mostPhrases)
		}
	}
	if err := keepPhrase(tx, f); err != nil {
		return err
	}
	return d.recordPhrase(tx, a, f, did)
}

// recordPhrase puts a change of what the agency's officers say on record. What
// an officer keeps for themselves is on record when they use it.
func (d *Desk) recordPhrase(tx *db.Tx, a actor.Actor, f phrase, did string) error {
	if f.Agency == "" {
		return nil
	}
	say := func(l locale.Lang) string { return d.Texts.For(l).T("desk.phrase.record." + did) }
	_, err := d.Journal.Append(tx, journal.Record{Kind: "desk.phrase", By: journal.ByActor(a),
		Why: locale.Text{MS: say(locale.Malay), EN: say(locale.English)},
		Data: map[string]any{"phrase": f.ID, "did": did, "agency": f.Agency, "for": f.For, "service": f.Service,
			"ms": f.Text.MS, "en": f.Text.EN}})
	return err
}

// choice is a sentence that a form offers, by the value that it posts.
type choice struct {
	Value string
	Text  locale.Text
	From  string // standard, agency or own
}

// offered are the sentences of a step in a case: the standard ones, the
// agency's and the officer's own, for the case's service or for all.
func (d *Desk) offered(tx *db.Tx, a actor.Actor, c casework.Case) (map[string][]choice, error) {
	out := map[string][]choice{}
	for _, step := range phraseSteps() {
		for _, name := range standard(step) {
			out[step] = append(out[step], choice{Value: name, Text: d.standard(step, name), From: "standard"})
		}
	}
	kept, err := phrasesFor(tx, a.Person, c.Agency, c.Kind)
	for _, f := range kept {
		from := "own"
		if f.Agency != "" {
			from = "agency"
		}
		out[f.For] = append(out[f.For], choice{Value: f.ID, Text: f.both(), From: from})
	}
	return out, err
}

// general is the standard reason to refuse that needs the officer's own words
// beside it.
const general = "not_entitled"

// standard are the sentences that every service has, by their names in
// text.yaml.
func standard(step string) []string {
	switch step {
	case casework.Approve:
		return []string{"complete", "verified", "late_accepted"}
	case casework.Refuse:
		return []string{"unverified", "no_answer", "no_evidence", general, "elsewhere"}
	}
	return []string{"clearer_copy", "missing_paper", "original", "differs", "late"}
}

// standard is one of them in both languages.
func (d *Desk) standard(step, name string) locale.Text {
	if name == general {
		return casework.General
	}
	key := "desk.phrase." + step + "." + name
	return locale.Text{MS: d.Texts.For(locale.Malay).T(key), EN: d.Texts.For(locale.English).T(key)}
}

// said joins the chosen sentences, in both languages, with what the officer
// wrote, which is the same in both: the applicant's language. Only what was
// offered can be chosen.
func said(offered []choice, chosen []string, written string) any {
	written = strings.TrimSpace(written)
	var ms, en []string
	for _, o := range offered {
		if slices.Contains(chosen, o.Value) {
			ms, en = append(ms, o.Text.MS), append(en, o.Text.EN)
		}
	}
	if len(ms) == 0 {
		return written
	}
	if written != "" {
		ms, en = append(ms, written), append(en, written)
	}
	return map[string]any{"ms": strings.Join(ms, " "), "en": strings.Join(en, " ")}
}
