package country

import (
	"fmt"
	"math"
	"strings"
	"time"

	"balai/internal/domain/register"
	"balai/internal/spine/locale"
)

// mother is a woman who may have had a child in the last six months.
type mother struct {
	register.Person
	community string
	husband   called
	wedding   string // "" for an unmarried woman
	youngest  string // birthday of her youngest child, or ""
}

// child is one below six whose aid could be asked for.
type child struct{ id, mother, state, bornOn string }

// home is a household while it is being made.
type home struct {
	id, state, community       string
	address, postcode, city    string
	members, children, earners int64
}

// family makes one household, with at most room people in it.
func (m *maker) family(room int) {
	p := m.place()
	h := m.home(p, m.community(p))
	kind := m.rng.IntN(100)
	switch {
	case room < 12 || kind < 9:
		m.adult(h, pick(m, []string{"male", "female"}), m.between(20, 78), called{})
	case kind < 17:
		m.couple(h, m.between(55, 78), 0)
	case kind < 22:
		m.alone(h)
	case kind < 25:
		m.daughter(h)
	case kind < 36:
		m.adult(h, "female", m.between(60, 84), called{})
		m.couple(h, m.between(27, 46), 6)
	default:
		m.couple(h, 21+int(float64(m.between(0, 36))*math.Sqrt(m.rng.Float64())), 6)
	}
	m.close(h)
}

func (m *maker) place() place {
	total := 0
	for _, p := range m.places {
		total += p.People
	}
	n := m.rng.IntN(total)
	for _, p := range m.places {
		if n -= p.People; n < 0 {
			return p
		}
	}
	return m.places[0]
}

func (m *maker) community(p place) string {
	n := m.rng.IntN(100)
	for _, s := range p.shares() {
		if n -= s.percent; n < 0 {
			if s.community == "foreigner" {
				return nation(m.rng.IntN(len(m.names[s.community].Nations)))
			}
			return s.community
		}
	}
	return "malay"
}

func (m *maker) home(p place, community string) *home {
	h := &home{id: m.newID(), state: p.State, community: community}
	t := pick(m, m.towns[p.State])
	h.city, h.postcode = t.name, pick(m, t.postcodes)
	l := m.life
	switch {
	case m.chance(30):
		h.address = fmt.Sprintf("Lot %d, Kampung %s", m.between(12, 4990), pick(m, l.Villages))
	case m.chance(20):
		h.address = fmt.Sprintf("Blok %c-%d-%d, Pangsapuri %s", 'A'+rune(m.rng.IntN(6)), m.between(1, 17), m.between(1, 20), pick(m, l.Flowers))
	default:
		flower := pick(m, l.Flowers)
		h.address = fmt.Sprintf("No. %d, %s %s %d, %s %s", m.between(1, 140), pick(m, l.Roads), flower, m.between(1, 24), pick(m, l.Gardens), flower)
	}
	return h
}

// bornAt is a birthday of somebody of an age.
func (m *maker) bornAt(age int) string {
	return m.today.AddDate(-age, 0, -m.rng.IntN(365)).Format(time.DateOnly)
}

// adult adds a grown person to a home.
func (m *maker) adult(h *home, sex string, age int, father called) (register.Person, called) {
	c := m.name(h.community, sex, father)
	p := register.Person{ID: m.newID(), Name: c.full, Sex: sex, BornOn: m.bornAt(age), Citizenship: m.citizenship(h.community)}
	p.IDNumber = m.paper(p)
	p.Phone = m.phone()
	p.Occupation = m.work(sex, age)
	if m.chance(70) {
		p.Mail = m.mail(c.full)
	}
	if age < 62 && p.Occupation != "Suri rumah" {
		h.earners++
	}
	m.settle(h, &p)
	if m.chance(75) {
		m.out.Population.Payees = append(m.out.Population.Payees, register.Payee{Person: p.ID,
			Bank: pick(m, m.life.Banks), Account: fmt.Sprintf("6%09d", m.rng.IntN(1e9))})
	}
	return p, c
}

// settle puts a person into a home and into the country.
func (m *maker) settle(h *home, p *register.Person) {
	p.Address, p.Postcode, p.City, p.State, p.Household = h.address, h.postcode, h.city, h.state, h.id
	p.Lang = locale.Malay
	if (h.community == "chinese" || h.community == "eurasian" || foreign(h.community)) && m.chance(60) {
		p.Lang = locale.English
	}
	h.members++
	m.out.Population.People = append(m.out.Population.People, *p)
}

func foreign(community string) bool { return strings.HasPrefix(community, "foreigner") }

func (m *maker) citizenship(community string) string {
	switch {
	case foreign(community):
		return register.Foreigner
	case community == "bajau" && m.chance(2):
		return register.Stateless
	case (community == "chinese" || community == "indian") && m.chance(1):
		return register.PermanentResident
	}
	return register.Citizen
}

// paper is a MyKad number, a passport's for a foreigner, and nothing for a
// person without a state.
func (m *maker) paper(p register.Person) string {
	switch p.Citizenship {
	case register.Foreigner:
		m.papers++
		return fmt.Sprintf("X%07d", 1000000+m.papers)
	case register.Stateless:
		return ""
	}
	return m.idNumber(p.BornOn, p.Sex)
}

// phone is one of the million numbers 013-0XX XXXX, each given once: none of
// them is assigned.
func (m *maker) phone() string {
	m.phones++
	n := (m.phones*612377 + 104729) % 1000000
	return fmt.Sprintf("013-0%02d %04d", n/10000, n%10000)
}

func (m *maker) mail(name string) string {
	var b strings.Builder
	for _, w := range strings.Fields(strings.ToLower(name)) {
		if strings.ContainsAny(w, "/@") || w == "bin" || w == "binti" || w == "anak" || b.Len() > 14 {
			continue
		}
		for _, r := range w {
			if r >= 'a' && r <= 'z' {
				b.WriteRune(r)
			}
		}
	}
	return fmt.Sprintf("%s%d@contoh.example", b.String(), m.phones)
}

func (m *maker) work(sex string, age int) string {
	if age > 61 {
		return "Pesara"
	}
	if age < 23 && m.chance(60) {
		return "Pelajar"
	}
	for {
		if w := pick(m, m.life.Occupations); sex == "female" || w != "Suri rumah" {
			return w
		}
	}
}

// couple adds a wife of an age, her husband and up to most children.
func (m *maker) couple(h *home, age, most int) {
	wife, _ := m.adult(h, "female", age, called{})
	his, name := m.adult(h, "male", max(21, age+m.between(-2, 8)), called{})
	weddingAge := m.between(20, min(33, age-1))
	wedding := addDays(addYears(wife.BornOn, weddingAge), m.rng.IntN(360))
	m.out.Population.Marriages = append(m.out.Population.Marriages, register.Marriage{ID: m.newID(),
		Number: fmt.Sprintf("KC-%s-%06d", wedding[:4], 100000+len(m.out.Population.Marriages)), Husband: his.ID, Wife: wife.ID, MarriedOn: wedding})
	youngest := ""
	if most > 0 {
		youngest = m.children(h, wife, his.ID, name, wedding, m.size(most))
	}
	m.mothers = append(m.mothers, mother{wife, h.community, name, wedding, youngest})
}

// size is how many children a family has in mind.
func (m *maker) size(most int) int {
	return min(most, []int{0, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 5, 6}[m.rng.IntN(15)])
}

// children adds n children born from a year after since on, while their mother
// is not past 43; it returns the youngest's birthday.
func (m *maker) children(h *home, mum register.Person, father string, name called, since string, n int) (youngest string) {
	day := addDays(since, m.between(290, 900))
	for range n {
		if day >= m.ago(1) || years(mum.BornOn, day) > 43 {
			break
		}
		youngest = day
		if age := m.age(day); age < 19 || age < 26 && m.chance(50) { // the others have left home
			m.child(h, mum, father, name, day)
		}
		day = addDays(day, m.between(400, 1500))
	}
	return youngest
}

func (m *maker) child(h *home, mum register.Person, father string, name called, day string) {
	sex := pick(m, []string{"male", "female"})
	p := register.Person{ID: m.newID(), Sex: sex, BornOn: day, Mother: mum.ID, Father: father, Citizenship: mum.Citizenship}
	p.Name = m.name(h.community, sex, name).full
	p.IDNumber = m.paper(p)
	if m.age(day) >= 18 {
		p.Phone, p.Occupation = m.phone(), "Pelajar"
	} else {
		h.children++
	}
	m.settle(h, &p)
	m.birth(p, h.state)
	if m.age(day) < 6 && p.Citizenship == register.Citizen {
		if m.chance(35) && m.today.AddDate(0, 0, -60).Format(time.DateOnly) > day {
			m.out.Population.Aids = append(m.out.Population.Aids, register.Aid{Entry: m.newID(), Child: p.ID,
				Payee: mum.ID, StartedOn: addDays(day, 50), MonthlyCents: 20000})
			return
		}
		m.babies = append(m.babies, child{p.ID, mum.ID, h.state, day})
	}
}

// birth enters a child's birth as registered within its time.
func (m *maker) birth(p register.Person, state string) {
	on := min(addDays(p.BornOn, m.between(1, 40)), m.out.Today)
	m.births[on[:4]]++
	m.out.Population.Births = append(m.out.Population.Births, register.Birth{Entry: m.newID(),
		Number: fmt.Sprintf("%s-%08d", on[:4], m.births[on[:4]]), Child: p.ID, Mother: p.Mother, Father: p.Father,
		Place: pick(m, m.placeOf(state).Hospitals), BornAt: m.hour(), State: state, RegisteredOn: on})
}

func (m *maker) hour() string { return fmt.Sprintf("%02d:%02d", m.rng.IntN(24), m.rng.IntN(60)) }

func (m *maker) placeOf(state string) place {
	for _, p := range m.places {
		if p.State == state {
			return p
		}
	}
	return m.places[0]
}

// alone is a mother whose marriage has ended, with her children; the father
// lives outside the country or has died.
func (m *maker) alone(h *home) {
	age := m.between(27, 52)
	mum, _ := m.adult(h, "female", age, called{})
	name := m.name(h.community, "male", called{})
	m.children(h, mum, "", name, addYears(mum.BornOn, m.between(20, age-4)), m.between(1, 4))
}

// daughter is an unmarried woman who lives with her mother.
func (m *maker) daughter(h *home) {
	age := m.between(18, 34)
	m.adult(h, "female", age+m.between(19, 38), called{})
	d, _ := m.adult(h, "female", age, called{})
	m.mothers = append(m.mothers, mother{Person: d, community: h.community})
}

// close writes the household, with an income where the state knows one.
func (m *maker) close(h *home) {
	income := int64(-1)
	if !m.chance(12) {
		// a median near RM 3,200 for each who earns, skewed as incomes are
		income = 45000
		for range h.earners {
			income += int64(math.Exp(m.rng.NormFloat64()*0.55+8.07)) * 100
		}
		income -= income % 1000
	}
	m.out.Population.Households = append(m.out.Population.Households, register.Household{ID: h.id, Income: income,
		Members: h.members, Children: h.children, AsOf: m.ago(m.between(20, 700))})
}

func addDays(day string, n int) string {
	t, _ := time.Parse(time.DateOnly, day)
	return t.AddDate(0, 0, n).Format(time.DateOnly)
}

func addYears(day string, n int) string {
	t, _ := time.Parse(time.DateOnly, day)
	return t.AddDate(n, 0, 0).Format(time.DateOnly)
}
