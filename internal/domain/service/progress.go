package service

import (
	"balai/internal/spine/casework"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
)

// Progress is how far somebody has come with a service: what they sent last, or
// what the register that it writes to says without it.
type Progress struct {
	Whose  string        // the principal that it is of: a person, or a company that they have
	Case   casework.Case // without a reference where the register alone knows of it
	Done   bool          // a yes that stands
	Number string        // of the entry, where its register numbers them itself
	Paper  string        // the page of its document, once it is there
	Draft  bool          // begun and not sent
}

// progressMost is how many of a principal's cases are looked at, the newest.
const progressMost = 100

// ProgressOf tells how far principals have come with services, by service; one
// with which nobody began is not among them. Of several principals what is
// newest counts. Whoever calls answers for it that the reader may know.
func (p *Part) ProgressOf(tx *db.Tx, principals, services []string) (map[string]Progress, error) {
	wanted := map[string]*Release{}
	for _, id := range services {
		if rel, err := p.Current(id); err == nil {
			wanted[id] = rel
		}
	}
	out := map[string]Progress{}
	for _, who := range principals {
		numbers, err := p.numbersOf(tx, who, wanted)
		if err != nil {
			return nil, err
		}
		if err := p.sentBy(tx, who, wanted, numbers, out); err != nil {
			return nil, err
		}
		for id, number := range numbers {
			if _, known := out[id]; !known {
				out[id] = Progress{Whose: who, Done: true, Number: number}
			}
		}
		drafts, err := openDrafts(tx, who)
		if err != nil {
			return nil, err
		}
		for _, d := range drafts {
			if _, known := out[d.Service]; !known && wanted[d.Service] != nil {
				out[d.Service] = Progress{Whose: who, Draft: true}
			}
		}
	}
	return out, nil
}

// sentBy adds what a principal sent and what has not come to nothing: the newest
// counts, but not over what the register says of one who came before.
func (p *Part) sentBy(tx *db.Tx, who string, wanted map[string]*Release, numbers map[string]string, out map[string]Progress) error {
	cases, err := p.Cases.Queue(tx, casework.Filter{Applicant: who, Newest: true, Limit: progressMost})
	if err != nil {
		return err
	}
	for _, c := range cases {
		done := c.Outcome == casework.OutcomeApproved
		if wanted[c.Kind] == nil || !done && !c.State.Open() {
			continue
		}
		if was, known := out[c.Kind]; known && (was.Case.ReceivedAt >= c.ReceivedAt || was.Case.Ref == "") {
			continue
		}
		now := Progress{Whose: who, Case: c, Done: done}
		if done {
			now.Number = numbers[c.Kind]
			paper, has, err := p.Certificates.OfCase(tx, c.Ref)
			if err != nil {
				return err
			}
			if has && paper.Ready && paper.State == "issued" {
				now.Paper = paper.HTML
			}
		}
		out[c.Kind] = now
	}
	return nil
}

// numbersOf are the numbers that a principal has in the registers that services
// write to, by service; only in those that number their entries themselves,
// such as the register of businesses: an entry elsewhere may be one of many.
func (p *Part) numbersOf(tx *db.Tx, who string, wanted map[string]*Release) (map[string]string, error) {
	fields := map[string]string{} // by service, the fact that is the number
	var from []string
	for id, rel := range wanted {
		if g, ok := p.vocabulary().Book(rel.Def.Outcome.Register); ok && g.Keeps.Numbers != "" {
			fields[id] = g.Name + "." + g.Keeps.Numbers
			from = append(from, g.From)
		}
	}
	if len(from) == 0 {
		return nil, nil
	}
	held, err := p.Registers.Facts(tx, who, from)
	if fault.CodeOf(err) == fault.Missing { // a company that has ceased
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for id, field := range fields {
		if s, _ := held[field].Value.(string); s != "" {
			out[id] = s
		}
	}
	return out, nil
}

// TagKey is the word of a case's state, for lists of other parts.
func TagKey(c casework.Case) string {
	switch {
	case c.Outcome == casework.OutcomeRevoked, c.Outcome == casework.OutcomeLapsed:
		return "casework.outcome." + c.Outcome
	case c.AwaitsFee():
		return "service.case.awaits"
	}
	return "casework.state." + string(c.State)
}
