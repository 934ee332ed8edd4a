package directory

import (
	"embed"
	"regexp"

	"balai/internal/spine/actor"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
)

//go:embed migration
var migration embed.FS

// Migration makes the directory's tables.
func Migration() db.Migration { return db.Migration{Part: "directory", FS: migration} }

//go:embed text.yaml
var Texts embed.FS

// Levels of government.
const (
	Federal = "federal"
	State   = "state"
	Local   = "local"
	// Organisation is no government: a community centre, a union. Its helpers
	// act for people who gave it a mandate, and for nobody else.
	Organisation = "organisation"
)

// Agency is a public body. State is the ISO 3166-2:MY code of a state's or a
// local body, "" for a federal one. Site is its own web address, or "".
type Agency struct {
	ID    string
	Name  locale.Text
	Level string
	State string
	Site  string
}

// Unit is an office of an agency. State is where it stands and whose calendar
// it keeps; the head office is the unit whose id is the agency's own.
type Unit struct {
	ID     string
	Agency string
	Name   locale.Text
	State  string
}

// Post is a chair in a unit, held by one person at a time. Role is what it may
// do, such as "jpn/registration-officer"; Agency and State are its unit's.
type Post struct {
	ID     string
	Unit   string
	Agency string
	Role   string
	State  string
	Title  locale.Text
}

// Person is somebody who holds or held a post.
type Person struct {
	ID   string
	Name string
	Mail string
}

// Holding is a person in a post during [From, Until), in unix microseconds;
// Until 0 means that no end is set.
type Holding struct {
	Post   string
	Person string
	From   int64
	Until  int64
}

// Set is everything that a directory holds.
type Set struct {
	Agencies []Agency
	Units    []Unit
	Posts    []Post
	People   []Person
	Holdings []Holding
}

// Journal is where changes of the directory are recorded.
type Journal interface {
	Append(tx *db.Tx, r journal.Record) (leaf string, err error)
}

// Directory reads and changes the state's bodies and posts.
type Directory struct {
	db    *db.DB
	clock clock.Clock
}

// New is a directory over d.
func New(d *db.DB, c clock.Clock) *Directory { return &Directory{d, c} }

var _ actor.Posts = (*Directory)(nil)

// Ids are words of lower-case ASCII: they stand in addresses and in policies.
var (
	idShape   = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	roleShape = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*/[a-z0-9]+(-[a-z0-9]+)*$`)
)

// UnitHolder is a post with the person who holds it.
type UnitHolder struct {
	Post   Post
	Person Person
	Since  int64
}
