// Package country makes the demo country: twenty thousand people in families,
// their marriages, births, households and accounts, the hospitals' notices of
// six months, and the officers in their posts. It is pure: the same seed and
// the same day give the same country, byte for byte.
//
// None of it can be a real person's: id numbers carry a place code that is
// assigned to no place, telephones a prefix that is assigned to nobody
// (013-0), mail ends in a reserved domain (contoh.example, RFC 2606), banks do
// not exist.
package country

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"time"

	"balai/internal/domain/register"
	"balai/internal/spine/clock"
	"balai/internal/spine/directory"
	"balai/internal/spine/locale"
)

// People is how many live in the country.
const People = 20000

// Country is everything that the demo loads.
type Country struct {
	Seed       int64
	Today      string
	Population register.Population
	Directory  directory.Set
	Personas   []Persona
	Officers   []Officer
	Orders     []Order   // of protection
	Mandates   []Mandate // that people have given
	Past       []Past    // by time
	Courses    map[string]Course
	births     []PastBirth
	aids       []PastAid
}

// Persona is one of the people whose stories /demo tells, in its order.
type Persona struct {
	ID, Name string
	Lang     locale.Lang
	State    string
	Story    locale.Text
	Role     locale.Text // who they are, such as "A new mother in Kelantan"
	Event    string      // the life event that is theirs
	Service  string      // that their walk goes through
	Ends     string      // the state in which it leaves their case
	As       string      // the officer as whom their walk is done; "" is themself
	Walk     []Step
	Level    int // how well their identity is known from the first day, 0 to 3
}

// Order of protection that stands from the first day. Numbers are id numbers.
type Order struct {
	Number, Kind, Court, Reason string
	Against                     []string
}

// Mandate that stands from the first day, to an organisation or to a person
// who has accepted it.
type Mandate struct {
	From, Agency, Person string
	Days                 int
}

// Step is one of a walk: an address of the hall and what to do there.
type Step struct {
	Go   string
	Text locale.Text
}

// Officer is a person in a post with a story.
type Officer struct {
	ID, Name, Post, Role, Agency, State string
	Title                               locale.Text
	Story                               locale.Text
	Walk                                []Step
}

// Past is an application of the last six months that the demo lives through.
// Correction is what an officer sets right in it, where the text of the course
// does not say.
type Past struct {
	Service, Person, State string
	Lang                   locale.Lang
	Answers                map[string]any
	Correction             map[string]any
	At                     int64 // unix microseconds
	Behind                 bool  // at an office that does not keep up
}

// PastBirth is a birth of the last six months that the demo lives through: the
// notice is in the register, the application is made at AppliedAt by the mother.
type PastBirth struct {
	Mother, Notice, State, ChildName string
	BornOn                           string
	AppliedAt                        int64 // unix microseconds, within the last six months
	Married, Late, Matches, Behind   bool
}

// PastAid is an application of the last six months for a child that has no aid,
// by a mother whose account is on record. Income is that of her household, sen a
// month, -1 where no register knows it and she is asked.
type PastAid struct {
	Applicant, Child, State string
	Income, Members         int64
	AppliedAt               int64
}

// maker holds the state of one making.
type maker struct {
	data
	rng     *rand.Rand
	today   time.Time
	out     *Country
	numbers map[string]bool // id numbers taken
	nth     map[string]int64
	phones  int
	papers  int
	births  map[string]int64 // registrations by year
	mothers []mother
	babies  []child
	told    int             // people of the personas and officers, who have no past here
	busy    map[string]bool // people with a past, each in one service
	homes   map[string]bool // postcodes of personas
}

// Generate makes the country of a seed as it stands on a day (2006-01-02).
func Generate(seed int64, today string) (*Country, error) {
	day, err := time.Parse(time.DateOnly, today)
	if err != nil {
		return nil, fmt.Errorf("country: today: %w", err)
	}
	d, err := read()
	if err != nil {
		return nil, err
	}
	var key [32]byte
	binary.BigEndian.PutUint64(key[:], uint64(seed))
	m := &maker{data: d, rng: rand.New(rand.NewChaCha8(sha256.Sum256(key[:]))), today: day,
		out: &Country{Seed: seed, Today: today}, numbers: map[string]bool{}, nth: map[string]int64{}, births: map[string]int64{},
		busy: map[string]bool{}, homes: map[string]bool{}}
	m.out.Courses = d.courses
	asOf, err := clock.ParseDay(m.ago(365))
	if err != nil {
		return nil, fmt.Errorf("country: %w", err)
	}
	m.out.Population.AsOf = clock.Micro(asOf)
	if err := m.cast(); err != nil {
		return nil, err
	}
	if err := m.bodies(); err != nil {
		return nil, err
	}
	m.told = len(m.out.Population.People)
	for len(m.out.Population.People) < People {
		m.family(People - len(m.out.Population.People))
	}
	m.pastBirths()
	m.pastAids()
	m.pastMoments()
	return m.out, nil
}

// ago is the day n days before today.
func (m *maker) ago(n int) string { return m.today.AddDate(0, 0, -n).Format(time.DateOnly) }

// age is how many years a person born on a day has lived.
func (m *maker) age(bornOn string) int { return years(bornOn, m.out.Today) }

// years between two days, as birthdays count them.
func years(from, to string) int {
	if len(from) != 10 || len(to) != 10 {
		return 0
	}
	n := number(to[:4]) - number(from[:4])
	if to[5:] < from[5:] {
		n--
	}
	return n
}

func number(s string) (n int) {
	for _, c := range s {
		n = n*10 + int(c-'0')
	}
	return n
}

// newID is a UUID of the seed's randomness.
func (m *maker) newID() string {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], m.rng.Uint64())
	binary.BigEndian.PutUint64(b[8:], m.rng.Uint64())
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return uuid(b)
}

func uuid(b [16]byte) string {
	s := hex.EncodeToString(b[:])
	return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
}

func (m *maker) chance(percent int) bool { return m.rng.IntN(100) < percent }

func pick[T any](m *maker, list []T) T { return list[m.rng.IntN(len(list))] }

// between is a number in [low, high].
func (m *maker) between(low, high int) int { return low + m.rng.IntN(high-low+1) }

// idNumber is a free number for a birthday.
func (m *maker) idNumber(bornOn, sex string) string {
	for {
		n := m.nth[bornOn+sex]
		m.nth[bornOn+sex]++
		s, err := register.IDNumber(bornOn, sex, n)
		if err != nil { // more than 2,500 births in a day: not in a country of this size
			panic(err)
		}
		if !m.numbers[s] {
			m.numbers[s] = true
			return s
		}
	}
}
