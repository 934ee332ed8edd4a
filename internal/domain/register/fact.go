package register

import (
	"strings"
	"time"

	"balai/internal/spine/fault"
)

// kind is the type of a column.
type kind int

const (
	text kind = iota
	day
	integer
	boolean
)

// column is one value of a row: its name among the facts and its SQL name.
type column struct {
	fact, sql string
	kind      kind
}

// table is where entries of a register lie; key is the column of the entry.
type table struct {
	path, name, key string
	columns         []column
}

// The tables are constants of the program: their names are the only text that
// is ever joined into SQL.
var (
	personTable = table{PathPerson, "register_person", "id", []column{
		{"name", "name", text}, {"id_number", "id_number", text}, {"citizenship", "citizenship", text},
		{"born_on", "born_on", day}, {"address", "address", text}, {"postcode", "postcode", text},
		{"city", "city", text}, {"state", "state", text}, {"phone", "phone", text},
		{"email", "mail", text}, {"occupation", "occupation", text},
	}}
	// selfTable adds to a person what the rules need to know of the applicant.
	selfTable = table{PathPerson, "register_person", "id", append([]column{{"sex", "sex", text}, {"household", "household", text}},
		personTable.columns...)}
	marriageTable = table{PathMarriage, "register_marriage", "id", []column{
		{"number", "number", text}, {"married_on", "married_on", day},
	}}
	noticeTable = table{PathNotice, "register_birth_notice", "number", []column{
		{"number", "number", text}, {"born_on", "born_on", day}, {"born_at", "born_at", text},
		{"sex", "sex", text}, {"weight_g", "weight_g", integer}, {"hospital", "hospital", text},
		{"state", "state", text}, {"plurality", "plurality", integer}, {"order", "birth_order", integer},
		{"mother_name", "mother_name", text}, {"mother_id_number", "mother_id_number", text},
	}}
	householdTable = table{PathHousehold, "register_household", "id", []column{
		{"monthly_income_cents", "monthly_income_cents", integer}, {"members", "members", integer},
		{"children", "children", integer}, {"as_of", "as_of", day},
	}}
	payeeTable = table{PathPayee, "register_payee", "person", []column{
		{"name", "bank", text}, {"account", "account", text},
	}}
)

// source joins a prefix of the facts to a table and to the register that
// answers for it, with the columns it shows.
type source struct {
	prefix string
	path   string
	table  table
	shows  []string
}

var (
	whole   = []string{"name", "id_number", "citizenship", "born_on", "address", "postcode", "city", "state", "phone", "email", "occupation"}
	brief   = []string{"name", "id_number", "citizenship", "born_on"}
	sources = []source{
		{"applicant", PathPerson, personTable, whole},
		{"mother", PathPerson, personTable, whole},
		{"father", PathMarriage, personTable, brief},
		{"marriage", PathMarriage, marriageTable, []string{"number", "married_on"}},
		{"birth_notice", PathNotice, noticeTable, []string{"number", "born_on", "born_at", "sex", "weight_g",
			"hospital", "state", "plurality", "order"}},
		{"child", PathBirth, personTable, brief},
		{"pupil", PathBirth, selfTable, append([]string{"sex"}, brief...)},
		{"schoolchild", PathPerson, personTable, brief},
		{"deceased", PathPerson, selfTable, append([]string{"sex", "relation"}, brief...)},
		{"household", PathHousehold, householdTable, []string{"monthly_income_cents", "members", "children", "as_of"}},
		{"bank", PathPayee, payeeTable, []string{"name"}},
	}
)

func sourceOf(field string) (source, column, bool) {
	prefix, name, _ := strings.Cut(field, ".")
	for _, s := range sources {
		if s.prefix != prefix {
			continue
		}
		for _, c := range s.table.columns {
			if c.fact == name {
				return s, c, true
			}
		}
	}
	return source{}, column{}, false
}

// row is one entry as read: its columns by the facts' names, and beside them
// what only the rules need.
type row struct {
	entry   string
	version int
	asOf    int64
	values  map[string]any
}

// held is every entry that concerns one person's facts, by prefix.
type held map[string]row

// facts makes the flat map, for the registers in paths.
func (r *Register) facts(h held, paths map[string]bool) map[string]Value {
	out := map[string]Value{}
	put := func(s source, e row, name string, v any) {
		info, _ := r.InfoOf(s.path)
		field := s.prefix + "." + name
		out[field] = Value{Field: field, V: v, Register: info.Name, Agency: info.Agency,
			AsOf: e.asOf, Entry: e.entry, Version: e.version}
	}
	for _, s := range sources {
		e, ok := h[s.prefix]
		if !ok || !paths[s.path] {
			continue
		}
		shows := s.shows
		if s.prefix == "mother" && e.entry != h["applicant"].entry {
			shows = brief // a husband is not told where his wife lives or how to reach her
		}
		for _, name := range shows {
			if v, known := e.values[name]; known {
				put(s, e, name, v)
			}
		}
		derived(h, s, e, put)
	}
	if m, ok := h["mother"]; ok && paths[PathMarriage] {
		if _, married := h["marriage"]; !married {
			put(source{prefix: "marriage", path: PathMarriage}, row{entry: m.entry, version: m.version, asOf: m.asOf}, "registered", false)
		}
	}
	for _, b := range r.books {
		e, ok := h[b.Group]
		if !ok || !paths[b.Path] {
			continue
		}
		for _, f := range b.Fields {
			if v, known := e.values[f.Name]; known {
				put(source{prefix: b.Group, path: b.Path}, e, f.Name, v)
			}
		}
	}
	return out
}

// derived puts what follows from an entry without standing in it.
func derived(h held, s source, e row, put func(s source, e row, name string, v any)) {
	switch s.prefix {
	case "marriage":
		put(s, e, "registered", true)
	case "bank":
		if account, ok := e.values["account"].(string); ok {
			put(s, e, "account_tail", tail(account))
		}
	case "birth_notice":
		if state, ok := e.values["state"].(string); ok {
			put(s, e, "region", region(state))
		}
		same := matches(e.values, h["mother"].values)
		put(s, e, "matches", same)
		if !same { // what has to be judged
			put(s, e, "mother_written", e.values["mother_name"])
		}
	}
}

// normalNumber is an id number as the register writes it: 940312-00-5038, or a
// passport's in capitals. A letter that is none of A to Z is no other's: each
// person's number is written in one way but for blanks, hyphens and case.
func normalNumber(s string) string {
	s = strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' {
			return r - 'a' + 'A'
		}
		return r
	}, strings.Join(strings.Fields(s), ""))
	digits := strings.ReplaceAll(s, "-", "")
	if len(digits) == 12 && strings.Trim(digits, "0123456789") == "" {
		return digits[:6] + "-" + digits[6:8] + "-" + digits[8:]
	}
	return s
}

// tail is what a person recognises an account by and nobody can pay into.
func tail(account string) string {
	if len(account) <= 4 {
		return account
	}
	return account[len(account)-4:]
}

// matches tells whether the mother in a hospital's notice is the one in the
// population register. Case, blanks and the signs that hospitals leave out do
// not count; another spelling does, and a person must look at it.
func matches(notice, mother map[string]any) bool {
	return mother != nil && notice["mother_id_number"] == mother["id_number"] &&
		plain(notice["mother_name"]) == plain(mother["name"])
}

func plain(v any) string {
	s, _ := v.(string)
	s = strings.ToUpper(s)
	s = strings.NewReplacer("’", "'", "`", "'", ".", "", "-", " ").Replace(s)
	return strings.Join(strings.Fields(s), " ")
}

// checkValue turns a value into what the column holds, or says what is wrong.
func checkValue(c column, field string, v any) (any, error) {
	bad := func() error {
		return fault.New(fault.Invalid, "register.bad_value", "field", field).
			With(fault.Field{Location: field, Key: "register.bad_value", Args: []any{"field", field}})
	}
	if c.kind == integer {
		switch n := v.(type) {
		case int64:
			return n, nil
		case int:
			return int64(n), nil
		case float64: // JSON
			if n == float64(int64(n)) {
				return int64(n), nil
			}
		}
		return nil, bad()
	}
	if c.kind == boolean {
		if b, ok := v.(bool); ok {
			return b, nil
		}
		return nil, bad()
	}
	s, ok := v.(string)
	s = strings.TrimSpace(s)
	if !ok || s == "" || len(s) > 1000 {
		return nil, bad()
	}
	if c.kind == day {
		if _, err := time.Parse(time.DateOnly, s); err != nil {
			return nil, bad()
		}
	}
	return s, nil
}
