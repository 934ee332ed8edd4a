package country

import (
	"slices"
	"sort"
	"strings"
	"time"

	"balai/internal/domain/register"
	"balai/internal/spine/clock"
)

// pastMoments makes the past of every service: the registers' entries that it
// needs and the applications, by time.
func (m *maker) pastMoments() {
	m.pastFamilies()
	m.pastDeaths()
	m.pastFloods()
	m.pastSchools()
	m.pastStudies()
	m.pastWork()
	m.pastBusinesses()
	m.pastDisabilities()
	m.pastMoves()
	sort.SliceStable(m.out.Past, func(i, j int) bool { return m.out.Past[i].At < m.out.Past[j].At })
}

// apply adds a past application some days ago, at an hour at which people sit
// down to such a thing.
func (m *maker) apply(service string, p register.Person, ago int, answers map[string]any) *Past {
	return m.applyAt(service, p, m.moment(m.ago(ago)), answers)
}

func (m *maker) applyAt(service string, p register.Person, at int64, answers map[string]any) *Past {
	m.busy[p.ID] = true
	m.out.Past = append(m.out.Past, Past{Service: service, Person: p.ID, State: p.State, Lang: p.Lang, Answers: answers, At: at})
	return &m.out.Past[len(m.out.Past)-1]
}

func (m *maker) moment(day string) int64 {
	t, err := clock.ParseDay(day)
	if err != nil { // a day that this package made
		panic(err)
	}
	return clock.Micro(t.Add(time.Duration(m.between(7*60, 22*60)) * time.Minute))
}

// words picks an answer in the person's language.
func (m *maker) words(service, field string, p register.Person) string {
	return pick(m, m.courses[service].Pick[field]).In(p.Lang)
}

// pastFamilies puts births and aids among the rest.
func (m *maker) pastFamilies() {
	people := m.byID()
	for _, b := range m.out.births {
		p := people[b.Mother]
		answers := map[string]any{"child_name": b.ChildName}
		if !b.Married {
			answers["name_father"] = "mother_only"
		}
		if b.Late {
			answers["late_reason"] = m.words(birthService, "late_reason", p)
		}
		past := m.applyAt(birthService, p, b.AppliedAt, answers)
		past.State, past.Behind = b.State, b.Behind
		if name := Respelt(b.ChildName); name != b.ChildName {
			past.Correction = map[string]any{"child_name": name}
		}
	}
	for _, a := range m.out.aids {
		answers := map[string]any{"pay_to": "held"}
		if a.Income < 0 {
			answers["monthly_income"], answers["members"] = int64(180000), a.Members
		}
		m.applyAt(aidService, people[a.Applicant], a.AppliedAt, answers).State = a.State
	}
}

// Respelt is a name as another clerk writes it.
func Respelt(name string) string {
	for _, r := range [][2]string{{"Nur ", "Nor "}, {"Muhammad", "Mohammad"}, {"Siti", "Sitti"}, {"Ahmad", "Ahmed"}, {"Mohd", "Muhd"}, {"Aisyah", "Aishah"},
		{"ee", "i"}, {"th", "t"}, {"iz", "is"}, {"ah", "a"}, {"y", "i"}} {
		if strings.Contains(name, r[0]) {
			return strings.Replace(name, r[0], r[1], 1)
		}
	}
	return name
}

func (m *maker) byID() map[string]register.Person {
	people := make(map[string]register.Person, len(m.out.Population.People))
	for _, p := range m.out.Population.People {
		people[p.ID] = p
	}
	return people
}

// free lists the grown people of some age who have no past yet, shuffled.
func (m *maker) free(youngest, oldest int, fits func(register.Person) bool) []register.Person {
	var list []register.Person
	for _, p := range m.out.Population.People[m.told:] {
		if age := m.age(p.BornOn); p.IDNumber == "" || m.busy[p.ID] || age < youngest || age > oldest || fits != nil && !fits(p) {
			continue
		}
		list = append(list, p)
	}
	m.rng.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return list
}

func citizen(p register.Person) bool { return p.Citizenship == register.Citizen }

func works(p register.Person) bool {
	return citizen(p) && !slices.Contains([]string{"Pelajar", "Pesara", "Suri rumah", "Penjawat awam", "Bekerja sendiri"}, p.Occupation)
}

// book adds an entry to a register of which the catalogue's text says all,
// known since a day.
func (m *maker) book(path, key, number string, since string, values map[string]any) {
	known, err := clock.ParseDay(since)
	if err != nil {
		panic(err)
	}
	m.out.Population.Books = append(m.out.Population.Books, register.BookEntry{Entry: m.newID(), Path: path, Key: key,
		Number: number, Values: values, AsOf: clock.Micro(known.Add(10 * time.Hour))})
}

// account is the answer to which account money is paid: the one on record, or
// another where there is none or the person prefers it.
func (m *maker) account(p register.Person, answers map[string]any) map[string]any {
	held := slices.ContainsFunc(m.out.Population.Payees, func(x register.Payee) bool { return x.Person == p.ID })
	answers["pay_to"] = "held"
	if !held || m.chance(6) {
		answers["pay_to"] = "other"
	}
	answers["bank_name"], answers["account_number"] = pick(m, m.life.Banks), m.digits(10)
	return answers
}

func (m *maker) digits(n int) string {
	var b strings.Builder
	for range n {
		b.WriteByte(byte('0' + m.rng.IntN(10)))
	}
	return b.String()
}

// address is where a person lives, as other registers keep it.
func address(p register.Person, values map[string]any) map[string]any {
	values["address"], values["postcode"], values["city"], values["state"] = p.Address, p.Postcode, p.City, p.State
	return values
}
