package country

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"balai/internal/domain/register"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/db/dbtest"
	"balai/internal/spine/directory"
	"balai/internal/spine/id"
	"balai/internal/spine/journal"
	"golang.org/x/text/unicode/norm"
)

var update = flag.Bool("update", false, "write the goldens anew")

const today = "2026-11-23"

func country(t testing.TB, seed int64, day string) *Country {
	t.Helper()
	c, err := Generate(seed, day)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func digest(t *testing.T, c *Country) string {
	t.Helper()
	h := sha256.New()
	if err := json.NewEncoder(h).Encode([]any{c.Population, c.Directory, c.Personas, c.Officers, c.Past}); err != nil {
		t.Fatal(err)
	}
	return hex.EncodeToString(h.Sum(nil))
}

func TestSameSeedSameCountry(t *testing.T) {
	got := digest(t, country(t, 1, today))
	if again := digest(t, country(t, 1, today)); again != got {
		t.Fatal("the same seed and day gave two countries")
	}
	if other := digest(t, country(t, 2, today)); other == got {
		t.Fatal("another seed gave the same country")
	}
	const golden = "testdata/seed-1.sha256"
	if *update {
		if err := os.WriteFile(golden, []byte(got+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if strings.TrimSpace(string(want)) != got {
		t.Errorf("the country of seed 1 has changed: %s; run with -update if it was meant to", got)
	}
}

// Days on which calendars go wrong.
func TestAnyDay(t *testing.T) {
	for _, day := range []string{"2024-02-29", "2027-01-01", "2025-12-31", "2031-03-01"} {
		check(t, country(t, 7, day), day)
	}
	if _, err := Generate(1, "2026-02-30"); err == nil {
		t.Error("a day that does not exist")
	}
}

func TestConsistent(t *testing.T) { check(t, country(t, 1, today), today) }

var idShape = regexp.MustCompile(`^\d{6}-00-\d{4}$`)

func check(t *testing.T, c *Country, day string) {
	t.Helper()
	p := c.Population
	if len(p.People) != People {
		t.Errorf("%s: %d people", day, len(p.People))
	}
	people, numbers := map[string]register.Person{}, map[string]bool{}
	homes, members, children := map[string]bool{}, map[string]int64{}, map[string]int64{}
	for _, x := range p.People {
		if _, twice := people[x.ID]; twice {
			t.Errorf("person %s twice", x.ID)
		}
		people[x.ID] = x
		if x.IDNumber != "" && numbers[x.IDNumber] {
			t.Errorf("id number %s twice", x.IDNumber)
		}
		numbers[x.IDNumber] = true
		checkPerson(t, x, day)
		members[x.Household]++
		if years(x.BornOn, day) < 18 {
			children[x.Household]++
		}
	}
	for _, x := range p.People {
		checkParents(t, x, people)
	}
	for _, b := range p.Books { // a register knows nothing before it happens
		known := clock.Day(clock.FromMicro(max(b.AsOf, p.AsOf)))
		for field, v := range b.Values {
			if on, is := v.(string); is && len(on) == 10 && on[4] == '-' && on > known && on <= day && field != "claim_until" && field != "starts_on" {
				t.Errorf("%s %s: %s is %s, and was known on %s", b.Path, b.Key, field, on, known)
			}
		}
	}
	personaHomes := map[string]bool{}
	for _, f := range c.Personas {
		personaHomes[people[f.ID].Household] = true
	}
	for _, h := range p.Households {
		homes[h.ID] = true
		if h.Members != members[h.ID] && !personaHomes[h.ID] {
			t.Errorf("household %s has %d members, not %d", h.ID, members[h.ID], h.Members)
		}
		if h.Children != children[h.ID] && !personaHomes[h.ID] {
			t.Errorf("household %s has %d children, not %d", h.ID, children[h.ID], h.Children)
		}
	}
	for _, x := range p.People {
		if x.Household != "" && !homes[x.Household] {
			t.Errorf("%s lives in no household", x.Name)
		}
	}
	checkPapers(t, c, people, day)
	checkPast(t, c, people, day)
}

func checkPerson(t *testing.T, x register.Person, day string) {
	t.Helper()
	if n := utf8.RuneCountInString(x.Name); n < 1 || n > 150 || !norm.NFC.IsNormalString(x.Name) || x.Name != strings.Join(strings.Fields(x.Name), " ") {
		t.Errorf("name %q", x.Name)
	}
	if x.BornOn > day || years(x.BornOn, day) > 100 {
		t.Errorf("%s was born on %s", x.Name, x.BornOn)
	}
	switch x.Citizenship {
	case register.Foreigner:
		if !strings.HasPrefix(x.IDNumber, "X") {
			t.Errorf("passport %s", x.IDNumber)
		}
	case register.Stateless:
		if x.IDNumber != "" {
			t.Errorf("%s has a number: %s", x.Name, x.IDNumber)
		}
	default:
		checkNumber(t, x)
	}
	if x.Phone != "" && !strings.HasPrefix(x.Phone, "013-0") {
		t.Errorf("the telephone %s may be somebody's", x.Phone)
	}
	if x.Mail != "" && !strings.HasSuffix(x.Mail, "@contoh.example") {
		t.Errorf("the mail %s may be somebody's", x.Mail)
	}
	if _, ok := directory.PlaceOf(x.State); !ok {
		t.Errorf("state %q", x.State)
	}
}

// The number's birthday, the century's digit and the sex must be the person's.
func checkNumber(t *testing.T, x register.Person) {
	t.Helper()
	n := x.IDNumber
	if !idShape.MatchString(n) {
		t.Errorf("id number %q of %s", n, x.Name)
		return
	}
	if n[:6] != x.BornOn[2:4]+x.BornOn[5:7]+x.BornOn[8:10] {
		t.Errorf("%s was born on %s but is numbered %s", x.Name, x.BornOn, n)
	}
	if (n[10] >= '5') != (x.BornOn < "2000") {
		t.Errorf("%s, born on %s: the century in %s", x.Name, x.BornOn, n)
	}
	if ((n[13]-'0')%2 == 1) != (x.Sex == "male") {
		t.Errorf("%s is %s but is numbered %s", x.Name, x.Sex, n)
	}
}

func checkParents(t *testing.T, x register.Person, people map[string]register.Person) {
	t.Helper()
	if x.Mother != "" {
		m, ok := people[x.Mother]
		if a := years(m.BornOn, x.BornOn); !ok || m.Sex != "female" || a < 16 || a > 48 {
			t.Errorf("%s, born on %s, has the mother %+v", x.Name, x.BornOn, m)
		}
	}
	if x.Father != "" {
		f, ok := people[x.Father]
		if a := years(f.BornOn, x.BornOn); !ok || f.Sex != "male" || a < 16 || a > 70 {
			t.Errorf("%s, born on %s, has the father %+v", x.Name, x.BornOn, f)
		}
	}
}

func checkPapers(t *testing.T, c *Country, people map[string]register.Person, day string) {
	t.Helper()
	numbers := map[string]bool{}
	for _, m := range c.Population.Marriages {
		w, h := people[m.Wife], people[m.Husband]
		if w.Sex != "female" || h.Sex != "male" || numbers[m.Number] || m.MarriedOn > day ||
			years(w.BornOn, m.MarriedOn) < 18 || years(h.BornOn, m.MarriedOn) < 16 {
			t.Errorf("marriage %+v", m)
		}
		numbers[m.Number] = true
	}
	entered := map[string]bool{}
	for _, b := range c.Population.Births {
		x := people[b.Child]
		if x.ID == "" || numbers[b.Number] || entered[b.Child] || b.RegisteredOn < x.BornOn || b.RegisteredOn > day || b.Number[:4] != b.RegisteredOn[:4] {
			t.Errorf("birth %+v of %+v", b, x)
		}
		numbers[b.Number], entered[b.Child] = true, true
	}
	for _, a := range c.Population.Aids {
		if x := people[a.Child]; years(x.BornOn, day) >= 6 || a.StartedOn > day || people[a.Payee].ID == "" {
			t.Errorf("aid %+v", a)
		}
	}
}

func checkPast(t *testing.T, c *Country, people map[string]register.Person, day string) {
	t.Helper()
	youngest := map[string]string{}
	for _, x := range c.Population.People {
		youngest[x.Mother] = max(youngest[x.Mother], x.BornOn)
	}
	notices := map[string]register.Notice{}
	for _, n := range c.Population.Notices {
		if _, twice := notices[n.Number]; twice {
			t.Errorf("notice %s twice", n.Number)
		}
		notices[n.Number] = n
	}
	births := c.births
	for id, course := range c.Courses {
		n := 0
		for _, x := range c.Past {
			if x.Service == id {
				n++
			}
		}
		if n < course.Cases*4/5 || n > course.Cases {
			t.Errorf("%s: %d past applications of %s, not %d", day, n, id, course.Cases)
		}
	}
	weddings := map[string]string{}
	for _, w := range c.Population.Marriages {
		weddings[w.Wife] = w.MarriedOn
	}
	var last int64
	for _, b := range births {
		if wed, ok := weddings[b.Mother]; ok != b.Married || ok && wed > b.BornOn {
			t.Errorf("past birth %+v: wedding on %q", b, wed)
		}
		m, n := people[b.Mother], notices[b.Notice]
		applied := clock.Day(clock.FromMicro(b.AppliedAt))
		if a := years(m.BornOn, b.BornOn); a < 16 || a > 48 || n.Mother != m.ID || applied <= b.BornOn || applied >= day || b.AppliedAt < last {
			t.Errorf("past birth %+v of %+v", b, m)
		}
		if y := youngest[m.ID]; y != "" && y > addDays(b.BornOn, -300) {
			t.Errorf("%s has children born on %s and %s", m.Name, y, b.BornOn)
		}
		if (n.MotherName == m.Name) != b.Matches {
			t.Errorf("past birth %+v: notice of %s, mother %s", b, n.MotherName, m.Name)
		}
		period := 60
		if directory.Region(b.State) == directory.Sabah {
			period = 42
		}
		if (applied > addDays(b.BornOn, period)) != b.Late {
			t.Errorf("past birth %+v: late?", b)
		}
		last = b.AppliedAt
	}
	for _, a := range c.aids {
		x := people[a.Child]
		applied := clock.Day(clock.FromMicro(a.AppliedAt))
		if x.Mother != a.Applicant || applied <= x.BornOn || applied >= day || years(x.BornOn, applied) >= 6 {
			t.Errorf("past aid %+v", a)
		}
	}
}

// Every community's names stand in the shapes in which they are registered.
func TestNameShapes(t *testing.T) {
	c := country(t, 1, today)
	shapes := map[string]*regexp.Regexp{
		"bin":           regexp.MustCompile(`^[A-Z][\w' ]+ bin [A-Z]`),
		"binti":         regexp.MustCompile(`^[A-Z][\w' ]+ binti [A-Z]`),
		"inherited":     regexp.MustCompile(`^(Wan|Nik|Che|Syed|Tengku) .+ bin (Wan|Nik|Che|Syed|Tengku) `),
		"a daughter's":  regexp.MustCompile(`^(Sharifah|Puteri) .+ binti (Syed|Megat) `),
		"clan":          regexp.MustCompile(`^(Tan|Lim|Lee|Wong|Ng) [A-Z][a-z]+ [A-Z][a-z]+$`),
		"two syllables": regexp.MustCompile(`^(Tan|Lim|Lee|Wong|Ng) [A-Z][a-z]+$`),
		"before a clan": regexp.MustCompile(`^(Michelle|Daniel|Grace) [A-Z][a-z]+ [A-Z]`),
		"alias":         regexp.MustCompile(`^[A-Z].+ @ [A-Z]`),
		"a/l":           regexp.MustCompile(`^[A-Z]\w+ a/l [A-Z]`),
		"a/p":           regexp.MustCompile(`^[A-Z]\w+ a/p [A-Z]`),
		"singh":         regexp.MustCompile(`^\w+ Singh a/l \w+ Singh$`),
		"kaur":          regexp.MustCompile(`^\w+ Kaur a/p \w+ Singh$`),
		"anak":          regexp.MustCompile(`^[A-Z]\w+ anak [A-Z]`),
		"family":        regexp.MustCompile(`^(Jennifer|Marius|Stella) [A-Z]`),
		"apostrophe":    regexp.MustCompile(`D'Cruz|D'Souza|O'Connor|Mu'az|Syifa'|Rabi'ah`),
		"de":            regexp.MustCompile(`(De Costa|De Silva|Sta Maria)$`),
		"one word":      regexp.MustCompile(`^[A-Z][a-z]+$`),
	}
	for shape, re := range shapes {
		n := 0
		for _, x := range c.Population.People {
			if re.MatchString(x.Name) {
				n++
			}
		}
		if n == 0 {
			t.Errorf("nobody's name has the shape %s", shape)
		}
	}
	names := map[string]string{}
	for _, x := range c.Population.People {
		names[x.ID] = x.Name
	}
	for _, x := range c.Population.People { // a patronymic is the father's given name
		father := names[x.Father]
		_, his, ok := strings.Cut(x.Name, " bin ")
		own, _, _ := strings.Cut(father, " bin ")
		own, _, _ = strings.Cut(own, " @ ")
		if ok && father != "" && !strings.Contains(father, " a/l ") && !strings.Contains(father, " anak ") && strings.Contains(father, " bin ") && his != own {
			t.Errorf("%s is the son of %s", x.Name, father)
		}
	}
}

// The sixteen states have their share of the people.
func TestStates(t *testing.T) {
	c := country(t, 1, today)
	d, err := read()
	if err != nil {
		t.Fatal(err)
	}
	count, all := map[string]int{}, 0
	official := map[string]bool{} // officers live where their offices are
	for _, o := range c.Officers {
		official[o.ID] = true
	}
	for _, x := range c.Population.People {
		if !official[x.ID] {
			count[x.State]++
		}
	}
	for _, p := range d.places {
		all += p.People
	}
	for _, p := range d.places {
		want := float64(p.People) / float64(all) * People
		if got := float64(count[p.State]); got < want*0.75-20 || got > want*1.25+30 {
			t.Errorf("%s has %v people, not about %v", p.State, got, want)
		}
		if len(p.Hospitals) == 0 || len(d.towns[p.State]) == 0 {
			t.Errorf("%s has no hospital or no town", p.State)
		}
	}
	if len(count) != 16 {
		t.Errorf("%d states", len(count))
	}
}

func TestStories(t *testing.T) {
	c := country(t, 1, today)
	d, err := read()
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Personas) != len(d.personas) || len(c.Personas) < 14 || len(c.Officers) != len(d.officers)+2*len(d.agencies.Treasuries.Agencies) || len(c.Officers) < 22 {
		t.Errorf("%d personas, %d officers", len(c.Personas), len(c.Officers))
	}
	for _, p := range c.Personas {
		for _, s := range []string{p.Story.MS, p.Story.EN} {
			if n := strings.Count(s, "."); n < 2 || n > 4 {
				t.Errorf("the story of %s: %q", p.ID, s)
			}
		}
	}
	for _, o := range c.Officers {
		if o.Story.Empty() || o.Post == "" || o.Title.Empty() || o.Agency == "" {
			t.Errorf("officer %+v", o)
		}
	}
}

type silent struct{}

func (silent) Append(*db.Tx, journal.Record) (string, error) { return "leaf", nil }

func TestLoad(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		noon, err := time.ParseInLocation(time.DateTime, today+" 12:00:00", clock.Zone)
		if err != nil {
			t.Fatal(err)
		}
		c := clock.NewManual(noon)
		r, x := register.New(c, id.NewSource(c, nil), silent{}), directory.New(d, c)
		land := country(t, 1, today)
		if err := d.Write(context.Background(), func(tx *db.Tx) error { return land.Load(tx, r, x, journal.By{}) }); err != nil {
			t.Fatal(err)
		}
		d2, err := read()
		if err != nil {
			t.Fatal(err)
		}
		err = d.Read(context.Background(), func(tx *db.Tx) error {
			for _, f := range d2.personas {
				checkFacts(t, tx, r, f)
			}
			for _, o := range land.Officers {
				if _, ok, err := x.InPost(tx, o.ID, o.Post, clock.Micro(noon)); err != nil || !ok {
					t.Errorf("%s is not in post %s: %v", o.ID, o.Post, err)
				}
			}
			for _, p := range directory.Places() {
				u, err := x.UnitFor(tx, "jpn", p.Code)
				if err != nil || u.State != p.Code {
					t.Errorf("the registration office of %s: %+v %v", p.Code, u, err)
				}
			}
			if u, err := x.UnitFor(tx, "jkm", "MY-03"); err != nil || u.ID != "jkm" {
				t.Errorf("welfare in Kelantan: %+v %v", u, err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}, register.Migration(), directory.Migration())
}

// checkFacts: what the registers answer about a persona is what the file says,
// name for name.
func checkFacts(t *testing.T, tx *db.Tx, r *register.Register, f personaFile) {
	t.Helper()
	got, err := r.Facts(tx, f.ID, []string{"population.person", "population.marriage", "population.birth", "health.birth_notice", "welfare.household", "finance.payee"})
	if err != nil {
		t.Fatal(err)
	}
	m := &maker{today: mustDay(today), out: &Country{Today: today}}
	want := map[string]any{}
	add := func(prefix string, p personFile) {
		want[prefix+".name"], want[prefix+".id_number"] = p.Name, p.IDNumber
		want[prefix+".citizenship"], want[prefix+".born_on"] = p.Citizenship, p.BornOn
	}
	self := []string{"applicant"}
	if f.Person.Sex == "female" {
		self = append(self, "mother")
	}
	for _, prefix := range self {
		add(prefix, f.Person)
		for k, v := range map[string]string{"address": f.Person.Address, "postcode": f.Person.Postcode, "city": f.Person.City,
			"state": f.Person.State, "phone": f.Person.Phone, "email": f.Person.Email, "occupation": f.Person.Occupation} {
			if v != "" { // what is not known is not there
				want[prefix+"."+k] = v
			}
		}
	}
	if f.Wife != nil {
		add("mother", *f.Wife)
	}
	if f.Person.Sex == "female" || f.Wife != nil {
		want["marriage.registered"] = f.Marriage != nil
	}
	if f.Marriage != nil {
		father := f.Person
		if f.Husband != nil {
			father = *f.Husband
		}
		add("father", father)
		want["marriage.number"], want["marriage.married_on"] = f.Marriage.Number, f.Marriage.MarriedOn
	}
	if n := f.Notice; n != nil {
		born, _ := m.day(n.BornOn)
		for k, v := range map[string]any{"number": n.Number, "born_on": born, "born_at": n.BornAt, "sex": n.Sex, "weight_g": n.WeightG,
			"hospital": n.Hospital, "state": n.State, "region": directory.Region(n.State), "plurality": n.Plurality, "order": n.Order,
			"matches": n.MotherName == ""} {
			want["birth_notice."+k] = v
		}
		if n.MotherName != "" {
			want["birth_notice.mother_written"] = n.MotherName
		}
	}
	if h := f.Household; h != nil {
		want["household.members"], want["household.children"] = h.Members, h.Children
		want["household.as_of"], _ = m.day(h.AsOf)
		if h.Income != nil {
			want["household.monthly_income_cents"] = *h.Income
		}
	}
	if f.Bank != nil {
		want["bank.name"], want["bank.account_tail"] = f.Bank.Name, f.Bank.Account[len(f.Bank.Account)-4:]
	}
	for _, c := range f.Children {
		born, _ := m.day(c.BornOn)
		add("child", personFile{Name: c.Name, Citizenship: c.Citizenship, BornOn: born, IDNumber: got["child.id_number"].V.(string)})
		if y := number(born[:4]); y == number(today[:4])-7 || y == number(today[:4])-6 {
			add("pupil", personFile{Name: c.Name, Citizenship: c.Citizenship, BornOn: born, IDNumber: got["pupil.id_number"].V.(string)})
			want["pupil.sex"] = c.Sex
		}
	}
	for k, v := range want {
		if g, ok := got[k]; !ok || g.V != v {
			t.Errorf("%s: %s is %v, the file says %v", f.ID, k, g.V, v)
		}
	}
	for k, g := range got {
		if _, ok := want[k]; !ok {
			t.Errorf("%s: the register says %s = %v, the file nothing", f.ID, k, g.V)
		}
	}
}

func BenchmarkGenerate(b *testing.B) {
	for b.Loop() {
		country(b, 1, today)
	}
}

func BenchmarkLoad(b *testing.B) {
	for _, engine := range dbtest.Engines() {
		b.Run(engine, func(b *testing.B) {
			land := country(b, 1, today)
			c := clock.NewManual(mustDay(today))
			for b.Loop() {
				b.StopTimer()
				d := dbtest.Open(b, engine, register.Migration(), directory.Migration())
				r, x := register.New(c, id.NewSource(c, nil), silent{}), directory.New(d, c)
				b.StartTimer()
				if err := d.Write(context.Background(), func(tx *db.Tx) error { return land.Load(tx, r, x, journal.By{}) }); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
