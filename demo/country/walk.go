package country

import (
	"slices"
	"strings"

	"balai/internal/spine/locale"
)

// walk is what to do as a persona, from their life event to what comes of it.
func (m *maker) walk(f personaFile) []Step {
	w := f.Walk
	fill := func(s, do string) string {
		return strings.NewReplacer("{event}", w.Event, "{service}", w.Service, "{do}", do).Replace(s)
	}
	var steps []Step
	told := slices.Concat(m.walks.Citizen, m.walks.Ends[w.Ends])
	if w.Steps != nil {
		told = w.Steps
	}
	for _, s := range slices.Concat(told, w.Then) {
		steps = append(steps, Step{fill(s.Go, ""), locale.Text{MS: fill(s.MS, w.Do.MS), EN: fill(s.EN, w.Do.EN)}})
	}
	return steps
}

// postWalk is what to do in a post of a role.
func (m *maker) postWalk(role string) []Step {
	kind, ok := m.walks.Roles[role]
	switch {
	case strings.HasSuffix(role, treasurer):
		kind = "money"
	case !ok:
		kind = "check"
	}
	var steps []Step
	for _, s := range m.walks.Posts[kind] {
		steps = append(steps, Step{s.Go, locale.Text{MS: s.MS, EN: s.EN}})
	}
	return steps
}
