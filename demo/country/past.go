package country

import (
	"fmt"
	"sort"
	"strings"
	"time"

	"balai/internal/domain/register"
	"balai/internal/spine/clock"
	"balai/internal/spine/directory"
)

// pastDays is how far back the past applications go.
const pastDays = 180

// Services with a past of their own making.
const (
	birthService = "jpn/birth-registration"
	aidService   = "jkm/child-aid"
)

// likely is an income, in sen a month, up to which a family thinks of the aid.
const likely = 500000

// pastBirths gives some of the mothers a child of the last six months: the
// hospital's notice goes into the register, what she will do into births.
func (m *maker) pastBirths() {
	m.rng.Shuffle(len(m.mothers), func(i, j int) { m.mothers[i], m.mothers[j] = m.mothers[j], m.mothers[i] })
	late := m.behindBirths()
	for _, mum := range m.mothers {
		if len(m.out.births) == m.courses[birthService].Cases {
			break
		}
		ago := m.between(3, pastDays)
		if born := m.ago(ago); !late[mum.ID] && mum.bears(born) {
			m.pastBirth(mum, born, ago)
		}
	}
	sort.Slice(m.out.births, func(i, j int) bool {
		a, b := m.out.births[i], m.out.births[j]
		return a.AppliedAt < b.AppliedAt || a.AppliedAt == b.AppliedAt && a.Notice < b.Notice
	})
}

// bears tells whether she can have had a child on a day that the demo lives
// through. A person without papers comes to the counter; Sarawak has a law of
// its own, for which the catalogue has no variant yet.
func (mum mother) bears(born string) bool {
	age := years(mum.BornOn, born)
	return mum.IDNumber != "" && directory.Region(mum.State) != directory.Sarawak && age >= 18 && age <= 42 &&
		mum.youngest <= addDays(born, -330) && mum.wedding <= addDays(born, -30)
}

// behindBirths are late registrations of the last days at the office that does
// not keep up, so that its head has something to see.
func (m *maker) behindBirths() map[string]bool {
	behind := m.courses[birthService].Behind
	done := map[string]bool{}
	for _, mum := range m.mothers {
		if len(done) == behind.Cases {
			break
		}
		ago := m.between(2, behind.Days)
		delay := m.between(65, 120)
		if born := m.ago(ago + delay); mum.State == behind.State && mum.bears(born) {
			m.addBirth(mum, born, delay, true)
			m.out.births[len(m.out.births)-1].Behind = true
			done[mum.ID] = true
		}
	}
	return done
}

func (m *maker) pastBirth(mum mother, born string, ago int) {
	period := 60
	if directory.Region(mum.State) == directory.Sabah {
		period = 42
	}
	delay := m.between(1, min(ago-1, 28))
	late := ago > period+2 && m.chance(14)
	if late {
		delay = m.between(period+1, ago-1)
	}
	m.addBirth(mum, born, delay, late)
}

// addBirth is a birth of which the hospital gave notice, registered some days
// later.
func (m *maker) addBirth(mum mother, born string, delay int, late bool) {
	sex := pick(m, []string{"male", "female"})
	n := register.Notice{Number: fmt.Sprintf("HN-%s-%06d", mum.State[3:], 500000+len(m.out.births)), Mother: mum.ID,
		MotherName: mum.Name, MotherIDNumber: mum.IDNumber, BornOn: born, BornAt: m.hour(), Sex: sex,
		WeightG: int64(m.between(2300, 4100)), Hospital: pick(m, m.placeOf(mum.State).Hospitals), State: mum.State,
		Plurality: 1, Order: 1}
	matches := !m.chance(4)
	if !matches {
		n.MotherName = misspelt(mum.Name)
		matches = n.MotherName == mum.Name
	}
	c := m.name(mum.community, sex, mum.husband)
	name := c.full
	if mum.wedding == "" {
		name = c.given
	}
	applied, err := clock.ParseDay(addDays(born, delay))
	if err != nil { // born is a day that this file made
		panic(err)
	}
	at := applied.Add(time.Duration(m.between(7*60, 22*60)) * time.Minute)
	m.out.Population.Notices = append(m.out.Population.Notices, n)
	m.out.births = append(m.out.births, PastBirth{Mother: mum.ID, Notice: n.Number, State: mum.State, ChildName: name,
		BornOn: born, AppliedAt: clock.Micro(at), Married: mum.wedding != "", Late: late, Matches: matches})
}

// misspelt is a name as a tired clerk hears it.
func misspelt(name string) string {
	return strings.NewReplacer("ah ", "a ", "dh", "d", "y", "i", "ee", "i", "th", "t", "oo", "u", "ng", "n").Replace(name)
}

// pastAids are applications of the last six months for the youngest child that
// has no aid, by mothers with an account and without a newborn.
func (m *maker) pastAids() {
	pop := &m.out.Population
	homes, accounts, incomes := map[string]string{}, map[string]bool{}, map[string]register.Household{}
	for _, x := range pop.People {
		homes[x.ID] = x.Household
	}
	for _, p := range pop.Payees {
		accounts[p.Person] = true
	}
	for _, h := range pop.Households {
		incomes[h.ID] = h
	}
	order, youngest := m.unaided()
	m.rng.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	for _, mum := range order {
		c := youngest[mum]
		if c.bornOn > m.ago(30) || !accounts[mum] {
			continue
		}
		if len(m.out.aids) == m.courses[aidService].Cases {
			break
		}
		h := incomes[homes[mum]]
		if h.Income > likely && !m.chance(12) { // most who ask are those whom the aid is for
			continue
		}
		age := int(m.today.Sub(mustDay(c.bornOn)).Hours() / 24)
		at, err := clock.ParseDay(m.ago(m.between(2, min(age-1, pastDays))))
		if err != nil {
			panic(err)
		}
		m.out.aids = append(m.out.aids, PastAid{Applicant: mum, Child: c.id, State: c.state, Income: h.Income, Members: h.Members,
			AppliedAt: clock.Micro(at.Add(time.Duration(m.between(7*60, 22*60)) * time.Minute))})
	}
	sort.Slice(m.out.aids, func(i, j int) bool {
		a, b := m.out.aids[i], m.out.aids[j]
		return a.AppliedAt < b.AppliedAt || a.AppliedAt == b.AppliedAt && a.Child < b.Child
	})
}

// unaided lists the mothers of children without the aid, with the youngest of
// each; not those who are busy with a birth.
func (m *maker) unaided() (order []string, youngest map[string]child) {
	busy := map[string]bool{}
	for _, b := range m.out.births {
		busy[b.Mother] = true
	}
	youngest = map[string]child{}
	for _, c := range m.babies {
		if busy[c.mother] {
			continue
		}
		if _, seen := youngest[c.mother]; !seen {
			order = append(order, c.mother)
		}
		if c.bornOn > youngest[c.mother].bornOn {
			youngest[c.mother] = c
		}
	}
	return order, youngest
}

func mustDay(day string) time.Time {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		panic(err)
	}
	return t
}
