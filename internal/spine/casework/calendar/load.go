package calendar

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"sort"
	"strings"

	"gopkg.in/yaml.v3"

	"balai/internal/spine/fault"
	"balai/internal/spine/locale"
)

// states is how many files a full set has: MY_01.json to MY_16.json.
const states = 16

// Set is the calendars of all states.
type Set struct{ byState map[string]*Calendar }

// Load reads MY_01.json to MY_16.json (date to names, joined by "; ", each
// with "(estimated)", "(observed)" or "(observed, estimated)" behind it) and
// name.yaml with each name in ms and en.
func Load(fsys fs.FS) (*Set, error) {
	names, err := loadNames(fsys)
	if err != nil {
		return nil, err
	}
	s := &Set{byState: make(map[string]*Calendar, states)}
	for i := 1; i <= states; i++ {
		file := fmt.Sprintf("MY_%02d.json", i)
		holidays, err := loadHolidays(fsys, file, names)
		if err != nil {
			return nil, fmt.Errorf("calendar: %s: %w", file, err)
		}
		state := fmt.Sprintf("MY-%02d", i)
		if s.byState[state], err = build(state, holidays); err != nil {
			return nil, fmt.Errorf("calendar: %s: %w", file, err)
		}
	}
	return s, nil
}

// State is the calendar of an ISO 3166-2:MY code; Missing when there is none.
func (s *Set) State(code string) (*Calendar, error) {
	c, ok := s.byState[code]
	if !ok {
		return nil, fault.New(fault.Missing, "calendar.fault.state", "state", code)
	}
	return c, nil
}

// States are the codes in order.
func (s *Set) States() []string {
	out := make([]string, 0, len(s.byState))
	for code := range s.byState {
		out = append(out, code)
	}
	sort.Strings(out)
	return out
}

func loadNames(fsys fs.FS) (map[string]locale.Text, error) {
	data, err := fs.ReadFile(fsys, "name.yaml")
	if err != nil {
		return nil, fmt.Errorf("calendar: %w", err)
	}
	names := map[string]locale.Text{}
	if err := yaml.Unmarshal(data, &names); err != nil {
		return nil, fmt.Errorf("calendar: name.yaml: %w", err)
	}
	for name, text := range names {
		if text.MS == "" || text.EN == "" {
			return nil, fmt.Errorf("calendar: name.yaml: %q lacks ms or en", name)
		}
	}
	return names, nil
}

func loadHolidays(fsys fs.FS, file string, names map[string]locale.Text) (map[int]Holiday, error) {
	data, err := fs.ReadFile(fsys, file)
	if err != nil {
		return nil, err
	}
	var days map[string]string
	if err := json.Unmarshal(data, &days); err != nil {
		return nil, err
	}
	out := make(map[int]Holiday, len(days))
	for day, list := range days {
		n, err := parseDay(day)
		if err != nil {
			return nil, fmt.Errorf("%q is not a day between %d and %d", day, FirstYear, LastYear)
		}
		h := Holiday{Day: day}
		for _, label := range strings.Split(list, "; ") {
			name, err := parseName(label, names)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", day, err)
			}
			h.Names = append(h.Names, name)
		}
		out[n] = h
	}
	return out, nil
}

// parseName takes the marks off a label and finds its text in both languages.
func parseName(label string, names map[string]locale.Text) (Name, error) {
	var n Name
	switch base := label; {
	case strings.HasSuffix(base, " (observed, estimated)"):
		n.Observed, n.Estimated = true, true
		label = strings.TrimSuffix(base, " (observed, estimated)")
	case strings.HasSuffix(base, " (estimated)"):
		n.Estimated = true
		label = strings.TrimSuffix(base, " (estimated)")
	case strings.HasSuffix(base, " (observed)"):
		n.Observed = true
		label = strings.TrimSuffix(base, " (observed)")
	}
	text, ok := names[label]
	if !ok {
		return n, fmt.Errorf("name.yaml has no Malay and English name for %q", label)
	}
	if n.Observed {
		text.MS += " (cuti ganti)"
		text.EN += " (replacement holiday)"
	}
	n.Text = text
	return n, nil
}
