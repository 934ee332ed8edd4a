package country

import "strings"

// called is a person's name and what passes from it to the children.
type called struct {
	full   string
	given  string
	line   string // index word such as Wan, or ""
	family string // clan or family name, or ""
}

// name makes a full name in the shape that its community uses. father is the
// zero called where he is not known.
func (m *maker) name(community, sex string, father called) called {
	n := m.names[community]
	list, before := n.Male, n.Before.Male
	if sex == "female" {
		list, before = n.Female, n.Before.Female
	}
	if father.given == "" && n.Form != "one" {
		father = called{given: pick(m, n.Male)}
		if len(n.Line) > 0 && m.chance(6) {
			father.line = pick(m, n.Line)
		}
	}
	c := called{given: pick(m, list), line: father.line, family: father.family}
	switch n.Form {
	case "bin":
		return m.bin(c, sex, father, n, before)
	case "al":
		if m.chance(2) {
			c.full = c.given // one word, as some are registered
			return c
		}
		c.full = c.given + sexWord(sex, " a/l ", " a/p ") + father.given
	case "singh":
		c.full = c.given + sexWord(sex, " Singh a/l ", " Kaur a/p ") + father.given + " Singh"
	case "anak":
		c.full = c.given + " anak " + father.given
	case "mixed":
		c.full = m.mixed(c.given, sex, father.given)
	case "family":
		if c.family == "" {
			c.family = pick(m, n.Family)
		}
		c.full = c.given + " " + c.family
	case "clan":
		return m.clan(c, sex, n, list)
	default: // one
		if father.given == "" {
			c.family = pick(m, n.Family)
		}
		c.full = strings.TrimSpace(c.given + " " + c.family)
	}
	return c
}

func sexWord(sex, male, female string) string {
	if sex == "male" {
		return male
	}
	return female
}

// bin: [line] [before] given bin/binti father's given name.
func (m *maker) bin(c called, sex string, father called, n names, before []string) called {
	if len(before) > 0 && m.chance(45) {
		if b := pick(m, before); !strings.HasPrefix(c.given, b) && !strings.Contains(c.given, " ") {
			c.given = b + " " + c.given
		}
	}
	own, his := c.given, father.given
	if c.line != "" {
		male, female, split := strings.Cut(c.line, "/")
		if !split {
			female = male
		}
		own = sexWord(sex, male, female) + " " + own
		his = male + " " + his
	}
	c.full = own + sexWord(sex, " bin ", " binti ") + his
	if m.chance(1) {
		c.full = own + " @ " + pick(m, n.Male) + sexWord(sex, " bin ", " binti ") + his
		if sex == "female" {
			c.full = own + " @ " + pick(m, n.Female) + " binti " + his
		}
	}
	return c
}

// clan: family name, then one or two syllables.
func (m *maker) clan(c called, sex string, n names, list []string) called {
	if c.family == "" {
		c.family = pick(m, n.Family)
	}
	first := pick(m, list)
	for first == c.given {
		first = pick(m, list)
	}
	c.given = c.given + " " + first
	if m.chance(4) {
		c.given = first
	}
	c.full = c.family + " " + c.given
	switch {
	case m.chance(22):
		other := n.Other.Male
		if sex == "female" {
			other = n.Other.Female
		}
		c.full = pick(m, other) + " " + c.full
	case m.chance(2):
		c.full = c.family + " " + pick(m, n.Alias) + " @ " + c.full
	}
	return c
}

// mixed: the Orang Asli are registered in several shapes.
func (m *maker) mixed(given, sex, father string) string {
	switch m.rng.IntN(8) {
	case 0, 1, 2:
		return given + sexWord(sex, " a/l ", " a/p ") + father
	case 3, 4:
		return given + " anak " + father
	case 5, 6:
		return given + sexWord(sex, " bin ", " binti ") + father
	default:
		return given
	}
}
