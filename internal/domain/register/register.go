package register

import (
	"embed"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/id"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
)

//go:embed migration
var migration embed.FS

// Migration makes the registers' tables.
func Migration() db.Migration { return db.Migration{Part: "register", FS: migration} }

// Texts are the sentences of this part.
//
//go:embed text.yaml
var Texts embed.FS

// Journal is where every entry and change is recorded.
type Journal interface {
	Append(tx *db.Tx, r journal.Record) (leaf string, err error)
}

// Register reads and writes the base registers.
type Register struct {
	clock   clock.Clock
	ids     *id.Source
	journal Journal
	books   []Book
	shield  Shield
}

// Shield tells whether where somebody is must be kept from another person.
type Shield interface {
	Hides(tx *db.Tx, of, from string) (bool, error)
}

// Guard makes the register ask s before it tells one person of another.
func (r *Register) Guard(s Shield) { r.shield = s }

// New needs no database of its own: every act takes the caller's Tx.
func New(c clock.Clock, ids *id.Source, j Journal) *Register {
	return &Register{clock: c, ids: ids, journal: j}
}

// Paths of the registers.
const (
	PathPerson    = "population.person"
	PathMarriage  = "population.marriage"
	PathBirth     = "population.birth"
	PathNotice    = "health.birth_notice"
	PathHousehold = "welfare.household"
	PathAid       = "welfare.child_aid"
	PathPayee     = "finance.payee"
)

// Info names a register and the agency that owns it, which is also who decides
// a dispute about its facts.
type Info struct {
	Path   string
	Name   locale.Text
	Agency string
}

// Infos lists the base registers.
func Infos() []Info {
	return []Info{
		{PathPerson, locale.Text{MS: "Daftar Penduduk", EN: "Population register"}, "jpn"},
		{PathMarriage, locale.Text{MS: "Daftar Perkahwinan", EN: "Register of marriages"}, "jpn"},
		{PathBirth, locale.Text{MS: "Daftar Kelahiran", EN: "Register of births"}, "jpn"},
		{PathNotice, locale.Text{MS: "Pemberitahuan kelahiran oleh hospital", EN: "Hospital notices of birth"}, "kkm"},
		{PathHousehold, locale.Text{MS: "Rekod Isi Rumah", EN: "Household records"}, "jkm"},
		{PathAid, locale.Text{MS: "Daftar Bantuan Kanak-Kanak", EN: "Register of child aid"}, "jkm"},
		{PathPayee, locale.Text{MS: "Daftar Penerima Bayaran", EN: "Register of payees"}, "anm"},
	}
}

// Value is one fact: what, from which register of which agency, as it stood
// since AsOf (unix microseconds), in which entry and version of it.
type Value struct {
	Field    string
	V        any // string, int64 or bool
	Register locale.Text
	Agency   string
	AsOf     int64
	Entry    string
	Version  int
}

// Citizenships of a person; on a birth they are an outcome, never a condition.
const (
	Citizen           = "citizen"
	PermanentResident = "permanent_resident"
	Foreigner         = "foreigner"
	Stateless         = "stateless"
)

// Person is an entry of population.person. ID is opaque and never the MyKad
// number; IDNumber is the MyKad or MyKid number, or a passport's.
type Person struct {
	ID, IDNumber, Name, Sex, BornOn, Citizenship string
	Address, Postcode, City, State               string
	Phone, Mail, Occupation                      string
	Lang                                         locale.Lang
	Mother, Father, Household                    string // ids, or ""
}

// Marriage joins two persons from MarriedOn until EndedOn, or still.
type Marriage struct{ ID, Number, Husband, Wife, MarriedOn, EndedOn string }

// Notice is a hospital's notice of one birth. MotherName and MotherIDNumber are
// as the hospital wrote them.
type Notice struct {
	Number, Mother, MotherName, MotherIDNumber string
	BornOn, BornAt, Sex                        string
	WeightG                                    int64 // gram
	Hospital, State                            string
	Plurality, Order                           int64
}

// Birth is an entry of population.birth.
type Birth struct {
	Entry, Number, Child, Mother, Father string
	Place, BornAt, State, Notice         string
	RegisteredOn                         string
}

// Household is a family that lives together. Income is sen a month, -1 where
// it is not known.
type Household struct {
	ID                        string
	Income, Members, Children int64
	AsOf                      string
}

// Payee is the account into which the state pays a person.
type Payee struct{ Person, Bank, Account string }

// Aid is a child aid in payment.
type Aid struct {
	Entry, Child, Payee, StartedOn string
	MonthlyCents                   int64
}

// Population is what LoadTx writes at once; AsOf is when the registers knew it
// (unix microseconds).
type Population struct {
	AsOf       int64
	People     []Person
	Marriages  []Marriage
	Notices    []Notice
	Births     []Birth
	Households []Household
	Payees     []Payee
	Aids       []Aid
	Books      []BookEntry
}

// Entry asks for an entry in a register. Person is the applicant; Subjects are
// the persons concerned beside those the values name; Basis is the law.
type Entry struct {
	Register string
	Values   map[string]any
	Person   string
	Subjects []string
	By       journal.By
	Case     string
	Basis    string
}

// Entered is what Enter made. Number is the entry's own ("2026-00000123");
// Child and IDNumber are set for a birth. Told are the registers into which the
// entry was written on, such as a new address.
type Entered struct {
	Entry, Number, Child, IDNumber string
	Numbers                        map[string]string // by field, those that the book made or keeps
	Told                           []Told
}

// Correction sets one fact right. Field is a name of the facts of Person;
// Entry, where set, is the entry meant, for a field such as child.name that
// otherwise means the youngest child.
type Correction struct {
	Person, Field, Entry string
	Value                any
	With                 map[string]any // what Needs names
	By                   journal.By
	Case, Basis          string
	Why                  locale.Text
}

// Use tells which case relied on which version of an entry, and when.
type Use struct {
	Case, Agency, Field string
	Entry               string
	Version             int
	At                  int64
}

// Voiding ends the entry of a birth or of an aid.
type Voiding struct {
	Entry       string
	By          journal.By
	Case, Basis string
	Why         locale.Text
}

// Version is an old value of a field and the time during which it stood.
type Version struct {
	Entry, Field, Value string
	Version             int
	From, Until         int64
	Case, Basis         string
}
