package country

import (
	"fmt"
	"io/fs"
	"sort"
	"strconv"

	"gopkg.in/yaml.v3"

	"balai/demo"
	"balai/internal/spine/locale"
	"balai/internal/spine/postcode"
)

// data is the folder demo as read.
type data struct {
	names    map[string]names
	places   []place
	life     life
	towns    map[string][]town // by state
	agencies agencyFile
	officers []officerFile
	personas []personaFile
	courses  map[string]Course
	walks    walkFile
}

type names struct {
	Community string
	Form      string
	Line      []string
	Before    struct{ Male, Female []string }
	Other     struct{ Male, Female []string }
	Alias     []string
	Family    []string
	Male      []string
	Female    []string
	Nations   []struct{ Family, Male, Female []string } // of foreigners
}

type place struct {
	State     string
	People    int
	Chinese   int
	Indian    int
	Punjabi   int
	OrangAsli int `yaml:"orang-asli"`
	Eurasian  int
	Kadazan   int `yaml:"kadazan-dusun"`
	Bajau     int
	Iban      int
	Bidayuh   int
	Foreigner int
	Hospitals []string
}

// shares lists the communities of a place with their percents, in a fixed
// order; Malays are what is left.
func (p place) shares() []share {
	list := []share{{"chinese", p.Chinese}, {"indian", p.Indian}, {"punjabi", p.Punjabi}, {"orang-asli", p.OrangAsli},
		{"eurasian", p.Eurasian}, {"kadazan-dusun", p.Kadazan}, {"bajau", p.Bajau}, {"iban", p.Iban},
		{"bidayuh", p.Bidayuh}, {"foreigner", p.Foreigner}}
	left := 100
	for _, s := range list {
		left -= s.percent
	}
	return append(list, share{"malay", left})
}

type share struct {
	community string
	percent   int
}

type town struct {
	name      string
	postcodes []string
}

type life struct {
	Roads, Flowers, Gardens, Villages, Occupations, Banks []string
}

type agencyFile struct {
	Agencies []struct {
		ID, Level, Site, Seat string
		Name                  locale.Text
	}
	Offices []struct {
		Agency string
		Name   locale.Text
		Posts  []struct {
			ID, Role string
			Title    locale.Text
		}
	}
	Posts []struct {
		ID, Unit, Role string
		Title          locale.Text
	}
	// Treasuries are the finance desks, alike in each of these agencies.
	Treasuries struct {
		Agencies        []string
		Titles, Stories []locale.Text
	}
}

// walkFile is walk.yaml: the steps of a persona's walk, then those of its end,
// and the walks of officers by kind of post.
type walkFile struct {
	Citizen []stepFile
	Ends    map[string][]stepFile
	Roles   map[string]string
	Posts   map[string][]stepFile
}

type stepFile struct{ Go, MS, EN string }

type officerFile struct {
	ID, Post, Name, Sex string
	BornOn              string `yaml:"born_on"`
	IDNumber            string `yaml:"id_number"`
	Story               locale.Text
}

type personFile struct {
	Name, Citizenship, Sex, Address, Postcode, City, State, Phone, Email, Occupation string
	IDNumber                                                                         string `yaml:"id_number"`
	BornOn                                                                           string `yaml:"born_on"`
	Persona                                                                          string // of the family, and a persona of their own
}

type personaFile struct {
	ID    string
	Order int
	Lang  locale.Lang
	Story locale.Text
	Role  locale.Text
	Walk  struct {
		Event, Service, Ends string
		Do                   locale.Text
		As                   string     // the officer as whom the walk is done
		Steps                []stepFile // in place of those of a citizen
		Then                 []stepFile // after them
	}
	Level     *int                                  // of their identity; 2 where it is not said
	Protected *struct{ Kind, Court, Reason string } // by an order that stands from the first day
	Against   *personFile                           // who must learn nothing
	Mandate   *struct {                             // that the persona has given
		To   string // a persona or an organisation
		Days int
	}
	Person   personFile
	Husband  *personFile
	Wife     *personFile
	Father   *personFile
	Mother   *personFile
	Marriage *struct {
		Number    string
		MarriedOn string `yaml:"married_on"`
	}
	Notice *struct {
		Number     string
		BornOn     string `yaml:"born_on"`
		BornAt     string `yaml:"born_at"`
		Sex        string
		WeightG    int64 `yaml:"weight_g"`
		Hospital   string
		State      string
		Plurality  int64
		Order      int64
		MotherName string `yaml:"mother_name"`
	}
	Household *struct {
		Income   *int64 `yaml:"monthly_income_cents"`
		Members  int64
		Children int64
		AsOf     string `yaml:"as_of"`
	}
	Bank     *struct{ Name, Account string }
	Children []struct {
		Name, Sex, Serial, Citizenship string
		BornOn                         string `yaml:"born_on"`
	}
	Holds []holdFile
}

// holdFile is an entry of a book about the persona, or about somebody of the
// family: husband, wife, father, mother, household, or place (their postcode).
// A day among the values may be today-5d.
type holdFile struct {
	Register, Of string
	Values       map[string]any
}

// read parses the folder. An unknown key is an error: it would be a fact that
// nobody ever sees.
func read() (data, error) {
	d := data{names: map[string]names{}, towns: map[string][]town{}}
	for path, into := range map[string]any{"agency.yaml": &d.agencies, "officer.yaml": &d.officers, "walk.yaml": &d.walks,
		"name/place.yaml": &d.places, "name/life.yaml": &d.life} {
		if err := parse(path, into); err != nil {
			return d, err
		}
	}
	files, err := fs.Glob(demo.Files, "persona/*.yaml")
	if err != nil {
		return d, fmt.Errorf("country: %w", err)
	}
	for _, path := range files {
		var p personaFile
		if err := parse(path, &p); err != nil {
			return d, err
		}
		d.personas = append(d.personas, p)
	}
	sort.Slice(d.personas, func(i, j int) bool { return d.personas[i].Order < d.personas[j].Order })
	for _, s := range d.places[0].shares() {
		var n names
		if err := parse("name/"+s.community+".yaml", &n); err != nil {
			return d, err
		}
		d.names[s.community] = n
		for i, x := range n.Nations {
			d.names[nation(i)] = names{Form: n.Form, Family: x.Family, Male: x.Male, Female: x.Female}
		}
	}
	if d.courses, err = readCourses(); err != nil {
		return d, err
	}
	return d, d.readTowns()
}

// nation is the community of foreigners of one country.
func nation(i int) string { return "foreigner-" + strconv.Itoa(i) }

func parse(path string, into any) error {
	f, err := demo.Files.Open(path)
	if err != nil {
		return fmt.Errorf("country: %w", err)
	}
	defer f.Close()
	dec := yaml.NewDecoder(f)
	dec.KnownFields(true)
	if err := dec.Decode(into); err != nil {
		return fmt.Errorf("country: %s: %w", path, err)
	}
	return nil
}

func (d *data) readTowns() error {
	list, err := postcode.Towns()
	if err != nil {
		return fmt.Errorf("country: %w", err)
	}
	for _, t := range list {
		d.towns[t.State] = append(d.towns[t.State], town{t.Name, t.Postcodes})
	}
	return nil
}
