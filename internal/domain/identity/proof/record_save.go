package proof

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"balai/internal/spine/actor"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/locale"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

// recordView is an enrolment as the officer has it who serves the person.
type recordView struct {
	Level     int
	Form      recordForm
	Problems  []ui.Problem
	Reader    bool   // there is one
	Simulated bool   // and it reads nothing
	Waits     bool   // an enrolment waits for the second officer
	Mine      bool   // which this officer recorded
	Give      bool   // one is approved: something can be printed
	Cards     bool   // so can a card
	Again     bool   // the card was, and nothing of it was used
	Mother    string // in the register of births, to compare with what is said
	Father    string
	Pieces    []pieceLine
	Refused   string // the last one was, for this reason
}

type recordForm struct {
	Seen             []string
	MyKad, Passport  string
	Day, Month, Year string // the passport's last day
	Voucher, Office  string
	PIN              string // what is wrong with it
	Errors           map[string]string
}

type pieceLine struct{ Kind, Detail, When string }

// askedFor are the kinds of a counter in the order in which people have them.
// What there is nothing for is not asked: no reader, no entry with parents.
func askedFor(reader, parents bool) []string {
	list := []string{MyKadSeen, PassportSeen}
	if reader {
		list = append(list, MyKadChip, Thumbprint)
	}
	if list = append(list, PhotoCompared); parents {
		list = append(list, BirthEntry)
	}
	return append(list, Vouch)
}

// parents are the names with which an officer compares what the person says.
func (p *Proof) parents(ctx context.Context, person string) (mother, father string, err error) {
	err = p.DB.Read(ctx, func(tx *db.Tx) (err error) {
		mother, father, err = p.People.ParentsOf(tx, person)
		return err
	})
	return mother, father, err
}

func (p *Proof) recordForm(w http.ResponseWriter, r *http.Request) error {
	return p.recordRender(w, r, recordForm{}, nil, http.StatusOK)
}

func (p *Proof) recordRender(w http.ResponseWriter, r *http.Request, f recordForm, problems []ui.Problem, status int) error {
	a := web.ActorOf(r.Context())
	page := ui.NewPage(r, web.L(r.Context()).T("proof.record.title"))
	page.Before = ui.BackLink(ui.BackLinkProps{Href: "/me"})
	page.Error = len(problems) > 0
	v := recordView{Form: f, Problems: problems, Reader: p.Reader != nil, Cards: p.Cards != nil}
	v.Simulated = v.Reader && p.Reader.Simulated()
	err := p.DB.Write(r.Context(), func(tx *db.Tx) (err error) {
		v.Pieces = nil
		if v.Mother, v.Father, err = p.People.ParentsOf(tx, a.Subject()); err != nil {
			return err
		}
		if err := p.Journal.Look(tx, a, "", []string{a.Subject()}, locale.Text{MS: "Melihat tahap identiti dan ibu bapa anda dalam daftar untuk mendaftarkan ID digital",
			EN: "Saw your identity's level and your parents in the register in order to enrol your digital ID"}, ""); err != nil {
			return err
		}
		if v.Level, err = p.Level(tx, a.Subject(), p.now()); err != nil {
			return err
		}
		e, found, err := latestEnrolment(tx, a.Subject())
		if err != nil || !found {
			return err
		}
		v.Waits = e.State == Waiting && e.MadeAt > p.ago(waitLife)
		v.Mine = e.Officer == a.Person
		if e.State == Refused {
			v.Refused = e.Reason
		}
		if v.Waits {
			list, err := evidenceIn(tx, e.ID)
			v.Pieces = p.lines(page, list)
			return err
		}
		_, v.Again, err = p.handing(tx, a)
		v.Give = err == nil
		if fault.CodeOf(err) == fault.Conflict || fault.CodeOf(err) == fault.Denied {
			return nil
		}
		return err
	})
	if err != nil {
		return err
	}
	return web.Render(w, r, status, recordPage(page, v))
}

func (p *Proof) lines(page ui.Page, list []Evidence) (out []pieceLine) {
	for _, e := range list {
		out = append(out, pieceLine{page.L.T("proof.kind." + e.Kind), e.Detail, page.L.DateTime(clock.FromMicro(e.At))})
	}
	return out
}

// recordSave puts what the officer saw before the second officer.
func (p *Proof) recordSave(w http.ResponseWriter, r *http.Request) error {
	if err := form(r); err != nil {
		return err
	}
	a := web.ActorOf(r.Context())
	f := recordForm{Seen: r.PostForm["seen"], MyKad: typed(r, "mykad"), Passport: typed(r, "passport"),
		Day: typed(r, "until-day"), Month: typed(r, "until-month"), Year: typed(r, "until-year"),
		Voucher: typed(r, "voucher"), Office: typed(r, "office"), Errors: map[string]string{}}
	var problems []ui.Problem
	wrong := func(field, href, key string) {
		f.Errors[field] = web.L(r.Context()).T(key)
		problems = append(problems, ui.Problem{Href: "#" + href, Text: f.Errors[field]})
	}
	pieces, err := p.pieces(r, f, wrong)
	if err != nil {
		return err
	}
	if len(problems) > 0 {
		return p.recordRender(w, r, f, problems, fault.Status(fault.Invalid))
	}
	id := p.IDs.New()
	err = p.DB.Write(r.Context(), func(tx *db.Tx) error { return p.OpenTx(tx, a, id, pieces) })
	if err != nil {
		return err
	}
	return web.SeeOther(w, r, "/counter/enrol")
}

// pieces reads what was ticked. What a reader reads is not ticked but read. A
// MyKad has the number of the register for life: one that ends otherwise is
// somebody else's, or somebody else is served.
func (p *Proof) pieces(r *http.Request, f recordForm, wrong func(field, href, key string)) (out []Piece, err error) {
	a := web.ActorOf(r.Context())
	mother, father, err := p.parents(r.Context(), a.Subject())
	if err != nil {
		return nil, err
	}
	who, err := p.who(r)
	if err != nil {
		return nil, err
	}
	for _, kind := range askedFor(p.Reader != nil, mother+father != "") {
		if !slices.Contains(f.Seen, kind) {
			continue
		}
		one := Piece{Kind: kind}
		switch kind {
		case MyKadSeen:
			if one.Detail = f.MyKad; !tail(f.MyKad) {
				wrong("mykad", "mykad", "proof.error.tail")
			} else if !strings.HasSuffix(bare(who.IDNumber), f.MyKad) {
				wrong("mykad", "mykad", "proof.error.other_card")
			}
		case PassportSeen:
			if one.Detail = f.Passport; !tail(f.Passport) {
				wrong("passport", "passport", "proof.error.tail")
			}
			day, ok := p.lastDay(f)
			if one.ExpiresAt = day; !ok {
				wrong("until", "until-day", "proof.error.until")
			}
		case Vouch:
			if one.Detail = f.Voucher + ", " + f.Office; f.Voucher == "" || f.Office == "" {
				wrong("voucher", "voucher", "proof.error.voucher")
			} else if sameName(f.Voucher, a.Name) {
				wrong("voucher", "voucher", "proof.error.voucher_self")
			}
		case MyKadChip, Thumbprint:
			if one.Detail, err = p.read(r, kind); err != nil {
				return nil, err
			}
			if one.Detail == "" {
				wrong("seen", "seen", "proof.error.reader")
			}
			if !slices.Contains(f.Seen, MyKadSeen) {
				wrong("seen", "seen", "proof.error.card")
			}
		}
		out = append(out, one)
	}
	if len(out) == 0 {
		wrong("seen", "seen", "proof.error.nothing")
	}
	return out, nil
}

// who is the person served, as the register knows them.
func (p *Proof) who(r *http.Request) (who Person, err error) {
	err = p.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		who, err = p.People.Known(tx, web.ActorOf(r.Context()).Subject())
		return err
	})
	return who, err
}

// read asks the reader, and gives its name; "" where nothing matched.
func (p *Proof) read(r *http.Request, kind string) (device string, err error) {
	who, err := p.who(r)
	if err != nil {
		return "", err
	}
	got, err := p.Reader.Read(r.Context(), kind, who)
	if err != nil {
		return "", fmt.Errorf("proof: reader: %w", err)
	}
	if !got.Match {
		return "", nil
	}
	return got.Device, nil
}

// tail tells whether s is the last four of a number: no more of it is kept.
func tail(s string) bool {
	return len(s) == 4 && !slices.ContainsFunc([]byte(s), func(c byte) bool {
		return (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z')
	})
}

// lastDay is the moment at which a passport ends, which is after today.
func (p *Proof) lastDay(f recordForm) (int64, bool) {
	y, e1 := strconv.Atoi(f.Year)
	m, e2 := strconv.Atoi(f.Month)
	d, e3 := strconv.Atoi(f.Day)
	day, e4 := time.ParseInLocation(time.DateOnly, fmt.Sprintf("%04d-%02d-%02d", y, m, d), clock.Zone)
	end := day.AddDate(0, 0, 1)
	if e1 != nil || e2 != nil || e3 != nil || e4 != nil || !end.After(p.Clock.Now()) {
		return 0, false
	}
	return clock.Micro(end), true
}

func (p *Proof) recordWithdraw(w http.ResponseWriter, r *http.Request) error {
	if err := p.withdraw(r.Context(), web.ActorOf(r.Context())); err != nil {
		return err
	}
	return web.SeeOther(w, r, "/counter/enrol")
}

// subject is whom an officer serves, for a paper.
func (p *Proof) subject(tx *db.Tx, a actor.Actor) (who Person, c Contact, err error) {
	if who, err = p.People.Known(tx, a.Subject()); err != nil {
		return who, c, err
	}
	c, err = p.Carrier.Contact(tx, a.Subject())
	return who, c, err
}
