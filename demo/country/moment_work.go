package country

import (
	"fmt"

	"balai/internal/domain/register"
)

// pastWork are people who lost their work, with what their employer reported.
func (m *maker) pastWork() {
	const service = "perkeso/job-seeker"
	course := m.courses[service]
	n := course.Cases
	for _, p := range m.free(20, 58, works) {
		if n == 0 {
			return
		}
		ago, delay := m.between(1, pastDays), m.between(1, 30)
		if m.chance(6) {
			delay = m.between(61, 110)
		}
		v := address(p, map[string]any{"employer": pick(m, course.Employers), "wage_cents": int64(m.between(17, 68)) * 10000,
			"months_24": int64(min(24, m.between(6, 34))), "employed": m.chance(15)})
		if v["employed"] == false {
			v["ended_on"] = m.ago(ago + delay)
			v["reason"] = pick(m, []string{"retrenched", "retrenched", "retrenched", "closed", "contract_end", "contract_end", "resigned", "misconduct"})
		}
		m.book("insurance.insured", p.ID, "I-"+m.digits(8), m.ago(ago+delay), v)
		m.apply(service, p, ago, m.account(p, map[string]any{"wanted": m.words(service, "wanted", p)}))
		n--
	}
}

// pastBusinesses are traders who took on their first employees.
func (m *maker) pastBusinesses() {
	const service = "perkeso/employer-registration"
	course := m.courses[service]
	n := course.Cases
	for _, p := range m.free(24, 62, citizen) {
		if n == 0 {
			return
		}
		ago, delay := m.between(1, pastDays), m.between(0, 27)
		if m.chance(14) {
			delay = m.between(31, 120)
		}
		hired := m.ago(ago + delay)
		started := addDays(hired, -m.between(5, 900))
		if m.chance(5) {
			started = addDays(hired, m.between(2, 20))
		}
		kind := m.rng.IntN(len(course.Kinds))
		m.book("business.business", p.ID, fmt.Sprintf("IP%07d-X", 200000+n), started, address(p, map[string]any{
			"number": fmt.Sprintf("IP%07d-X", 200000+n), "name": course.Kinds[kind] + " " + pick(m, m.life.Flowers),
			"kind": pick(m, []string{"sole", "sole", "sole", "partnership", "company"}), "status": "active", "started_on": started,
			"activity": course.Activities[kind]}))
		m.apply(service, p, ago, map[string]any{"employees": int64(m.between(1, 9)), "first_hired_on": hired})
		n--
	}
}

// pastDisabilities are people whom a government doctor has assessed.
func (m *maker) pastDisabilities() {
	const service = "jkm/disability-card"
	n := m.courses[service].Cases
	for _, p := range m.free(19, 80, nil) {
		if n == 0 {
			return
		}
		ago, age := m.between(1, pastDays), m.between(3, 120)
		if m.chance(10) {
			age = m.between(735, 1100)
		}
		assessed := m.ago(ago + age)
		m.book("health.disability_assessment", p.ID, "D-"+m.digits(8), assessed, map[string]any{
			"category":    pick(m, []string{"physical", "physical", "physical", "visual", "hearing", "learning", "mental", "multiple"}),
			"assessed_on": assessed, "hospital": pick(m, m.placeOf(p.State).Hospitals), "meets": !m.chance(14), "permanent": m.chance(60)})
		answers := map[string]any{"has_carer": false}
		if m.chance(35) {
			c := m.name("malay", pick(m, []string{"male", "female"}), called{})
			answers["has_carer"], answers["carer_name"] = true, c.full
		}
		m.apply(service, p, ago, answers)
		n--
	}
}

// pastStudies are school leavers with an offer of study.
func (m *maker) pastStudies() {
	const service = "jpa/scholarship"
	course := m.courses[service]
	n := course.Cases
	for _, p := range m.free(18, 21, func(p register.Person) bool { return citizen(p) && p.Mother != "" }) {
		if n == 0 {
			return
		}
		ago := m.between(1, pastDays)
		best := m.chance(45)
		aPlus := m.between(4, 8)
		if best {
			aPlus = m.between(9, 11)
		}
		since := m.ago(pastDays + 40)
		m.book("education.exam", p.ID, "SPM-"+m.digits(8), since, map[string]any{"name": "SPM", "year": int64(number(m.out.Today[:4]) - 1),
			"a_plus": int64(aPlus), "a_all": int64(m.between(aPlus, 11)), "malay_passed": true, "history_passed": true,
			"school": "SMK Contoh " + p.City})
		m.book("education.study_offer", p.ID, "UPU-"+m.digits(8), m.ago(ago+3), map[string]any{"university": pick(m, course.Universities),
			"course": pick(m, course.Courses), "level": "degree", "starts_on": addDays(m.out.Today, m.between(10, 60)), "years": int64(m.between(3, 5))})
		if m.chance(80) {
			m.out.Population.Payees = append(m.out.Population.Payees, register.Payee{Person: p.ID, Bank: pick(m, m.life.Banks), Account: "7" + m.digits(9)})
		}
		m.apply(service, p, ago, m.account(p, map[string]any{"statement": m.words(service, "statement", p)}))
		n--
	}
}
