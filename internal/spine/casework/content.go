package casework

import "balai/internal/spine/locale"

// Content is what a case is about, as its kind's part tells it: the desk and
// the applicant's page show it without knowing the service.
type Content struct {
	Title    locale.Text
	Sections []Section
	Files    []Evidence
	Trace    []Rule // why the rules said what they said, in order
	Notes    []locale.Text

	Protected bool // Sealed: something was left out
}

// Withheld stands where a protected person's details would.
var Withheld = locale.Text{MS: "Dilindungi", EN: "Protected"}

// Sealed is the content without what tells where somebody is: those values
// read as protected, papers are left out, and so is what rules looked at.
func (c Content) Sealed() Content {
	out := Content{Title: c.Title, Notes: c.Notes, Protected: true}
	for _, s := range c.Sections {
		section := Section{Title: s.Title}
		for _, r := range s.Rows {
			if r.Locates {
				r.Answer, r.Fact, r.Claimed = hide(r.Answer), hide(r.Fact), hide(r.Claimed)
			}
			section.Rows = append(section.Rows, r)
		}
		out.Sections = append(out.Sections, section)
	}
	for _, r := range c.Trace {
		r.Used = nil
		out.Trace = append(out.Trace, r)
	}
	return out
}

func hide(t locale.Text) locale.Text {
	if t.Empty() {
		return t
	}
	return Withheld
}

// Section is a group of lines under one heading.
type Section struct {
	Title locale.Text
	Rows  []Row
}

// Row is one line: what was answered beside what a register holds.
type Row struct {
	Field    string
	Asks     string // of an answer, the Field of what the state holds about the same, "" where it holds nothing
	Label    locale.Text
	Answer   locale.Text // what the applicant said, "" where only held
	Fact     locale.Text // what the state holds, "" where only answered
	Source   locale.Text // the register and its agency
	AsOf     int64       // when the register's value is from
	Basis    locale.Text // the legal basis of using it
	Version  int
	Disputed string      // ref of the dispute, where the person says it is wrong
	Claimed  locale.Text // what the person says instead
	Differs  bool        // answer and fact disagree
	Locates  bool        // it tells where somebody is or how to reach them
}

// Evidence is an uploaded file.
type Evidence struct {
	ID, Name, Type, SHA string
	Label               locale.Text
	Size                int64
}

// Rule is one row of a decision table as it was evaluated.
type Rule struct {
	Rule string
	Text locale.Text
	Held bool
	// Because is what is so instead, where it does not hold and a person looks.
	Because locale.Text
	// Unknown: it could not be told yet, for want of an answer or a fact.
	Unknown bool
	Used    map[string]any // the inputs it looked at
	Step    bool           // a row of a table in which the first that holds decides
}
