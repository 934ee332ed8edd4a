package country

import (
	"fmt"
	"sort"

	"balai/internal/domain/register"
)

// pastDeaths are deaths in hospital of people past sixty. The widow or widower
// registers it; for somebody who lived with another family, that family does.
func (m *maker) pastDeaths() {
	const service = "jpn/death-registration"
	people, spouse, homes := m.byID(), map[string]string{}, map[string][]register.Person{}
	for _, w := range m.out.Population.Marriages {
		if w.EndedOn == "" {
			spouse[w.Husband], spouse[w.Wife] = w.Wife, w.Husband
		}
	}
	for _, p := range m.out.Population.People[m.told:] {
		homes[p.Household] = append(homes[p.Household], p)
	}
	n := m.courses[service].Cases
	for _, dead := range m.free(61, 99, citizen) {
		if n == 0 {
			return
		}
		kin, ok := people[spouse[dead.ID]]
		if !ok && m.chance(30) {
			for _, p := range homes[dead.Household] {
				if p.ID != dead.ID && m.age(p.BornOn) >= 21 {
					kin, ok = p, true
				}
			}
		}
		if !ok || m.busy[kin.ID] || m.busy[dead.ID] || kin.IDNumber == "" {
			continue
		}
		m.busy[dead.ID] = true
		ago, delay := m.between(1, pastDays), m.between(0, 5)
		if m.chance(9) {
			delay = m.between(8, 25)
		}
		died := m.ago(ago + delay)
		m.book("health.death_notice", dead.ID, fmt.Sprintf("HM-%s-%06d", dead.State[3:], 600000+n), died, map[string]any{
			"number": fmt.Sprintf("HM-%s-%06d", dead.State[3:], 600000+n), "died_on": died, "died_at": m.hour(),
			"place": pick(m, m.placeOf(dead.State).Hospitals), "state": dead.State, "certified": !m.chance(6)})
		rest := "burial"
		if c := m.rng.IntN(10); (c < 6) && kin.Lang != "ms" {
			rest = "cremation"
		}
		m.apply(service, kin, ago, map[string]any{"rest": rest})
		n--
	}
}

// pastFloods declares the floods of the text in the towns where most people
// live, and one of each house there asks for relief; a few live outside.
func (m *maker) pastFloods() {
	const service = "nadma/flood-relief"
	course := m.courses[service]
	each := course.Cases / max(1, len(course.Floods))
	for _, f := range course.Floods {
		began := m.ago(f.Ago)
		code := f.Code[:4] + began[:4] + f.Code[3:]
		seen, hit := map[string]bool{}, m.fullest(f.State, f.Towns)
		for _, postcode := range hit {
			m.book("disaster.area", postcode, code+"-"+postcode, began, map[string]any{"code": code, "name": f.Name,
				"began_on": began, "claim_until": addDays(began, 30)})
			seen[postcode] = true
		}
		n := each
		homes := map[string]bool{}
		for _, p := range m.free(25, 75, func(p register.Person) bool { return p.State == f.State }) {
			if n == 0 {
				break
			}
			inside := seen[p.Postcode]
			if homes[p.Household] || !inside && !m.chance(4) {
				continue
			}
			homes[p.Household] = true
			days := m.between(0, min(f.Ago-1, 24))
			if f.Ago > 40 && m.chance(9) {
				days = m.between(31, min(f.Ago-1, 55))
			}
			answers := m.account(p, map[string]any{"effect": pick(m, []string{"centre", "centre", "flooded", "flooded", "flooded", "destroyed"})})
			if !inside {
				answers["flooded_on"], answers["flooded_place"] = began, m.words(service, "flooded_place", p)
			}
			m.apply(service, p, f.Ago-days, answers)
			n--
		}
	}
}

// fullest are the n postcodes of a state in which most people live, without
// those of a persona: what the registers say of them is in their file.
func (m *maker) fullest(state string, n int) []string {
	count := map[string]int{}
	for _, p := range m.out.Population.People[m.told:] {
		if p.State == state && !m.homes[p.Postcode] {
			count[p.Postcode]++
		}
	}
	list := make([]string, 0, len(count))
	for code := range count {
		list = append(list, code)
	}
	sort.Slice(list, func(i, j int) bool {
		a, b := list[i], list[j]
		return count[a] > count[b] || count[a] == count[b] && a < b
	})
	return list[:min(n, len(list))]
}

// pastSchools are children who enter Year One in the year after their parents
// asked. Every postcode has a nearest school from then on.
func (m *maker) pastSchools() {
	const service = "kpm/year-one-place"
	course := m.courses[service]
	people, schools, n := m.byID(), map[string]bool{}, course.Cases
	births := m.out.Population.Births
	order := m.rng.Perm(len(births))
	for _, i := range order {
		child, parent := people[births[i].Child], people[births[i].Mother]
		if father := people[births[i].Father]; father.ID != "" && m.chance(35) {
			parent = father
		}
		ago := m.between(1, pastDays)
		entry := number(m.ago(ago)[:4]) + 1
		if n == 0 || m.busy[parent.ID] || m.homes[parent.Postcode] || parent.IDNumber == "" || number(child.BornOn[:4]) != entry-7 {
			continue
		}
		if !schools[parent.Postcode] {
			schools[parent.Postcode] = true
			places := m.between(1, 40)
			if m.chance(course.Full) {
				places = 0
			}
			m.book("education.catchment", parent.Postcode, "S"+parent.Postcode, m.ago(pastDays+60), map[string]any{
				"code": "XBA" + parent.Postcode, "name": "Sekolah Kebangsaan Contoh " + pick(m, m.life.Flowers), "places": int64(places)})
		}
		answers := map[string]any{"school_choice": "nearest", "support": false}
		if m.chance(12) {
			answers["school_choice"], answers["other_school"] = "other", m.words(service, "other_school", parent)
			answers["why_other"] = m.words(service, "why_other", parent)
		}
		if m.chance(6) {
			answers["support"], answers["support_what"] = true, m.words(service, "support_what", parent)
		}
		m.apply(service, parent, ago, answers)
		n--
	}
}

// pastMoves are people who moved; what other registers keep of their old
// address is told of the new one.
func (m *maker) pastMoves() {
	const service = "jpn/change-of-address"
	n := m.courses[service].Cases
	for _, p := range m.free(20, 72, nil) {
		if n == 0 {
			return
		}
		m.keepAddress(p)
		where := m.placeOf(p.State)
		if m.chance(35) {
			where = m.place()
		}
		h := m.home(where, "malay")
		ago, delay := m.between(1, pastDays), m.between(0, 40)
		if m.chance(7) {
			delay = m.between(370, 900)
		}
		answers := map[string]any{"address": h.address, "postcode": h.postcode, "city": h.city, "state": h.state,
			"moved_on": m.ago(ago + delay), "who_moves": pick(m, []string{"alone", "with_children"})}
		if m.chance(4) { // the old one again
			answers["address"], answers["postcode"], answers["city"], answers["state"] = p.Address, p.Postcode, p.City, p.State
		}
		m.apply(service, p, ago, answers)
		n--
	}
}

// keepAddress gives a person the licence, tax number and vote of most people.
func (m *maker) keepAddress(p register.Person) {
	since := m.ago(700)
	if m.chance(65) {
		m.book("transport.licence", p.ID, "L-"+m.digits(8), since, address(p, map[string]any{"number": "L-" + m.digits(8),
			"class": pick(m, []string{"D", "D", "DA", "B2", "E"}), "valid_until": addDays(m.out.Today, m.between(60, 1500))}))
	}
	if m.chance(55) && p.Occupation != "Pelajar" {
		m.book("tax.taxpayer", p.ID, "SG-"+m.digits(8), since, address(p, map[string]any{"number": "SG-" + m.digits(8)}))
	}
	if citizen(p) && m.chance(85) {
		m.book("election.voter", p.ID, "P-"+m.digits(8), since, address(p, map[string]any{"number": "P-" + m.digits(8)}))
	}
}
