package recovery

import (
	"fmt"
	"slices"
	"testing"
)

// Somebody in the model: the owner of the account, or a stranger who wants it.
const (
	owner = iota
	stranger
)

// A world is all that the rules look at: how well the person is known, whose
// each authenticator is, the session that each of both has, and what each has
// shown in a recovery.
type world struct {
	level  int  // computed from evidence
	proven int  // the evidence that there is
	before bool // the account had an authenticator once
	keys   [2]int
	pass   [2]int
	in     [2]Session
	live   [2]bool
	shown  [2]string // sorted paths
}

func (w world) has() int { return w.keys[0] + w.keys[1] + w.pass[0] + w.pass[1] }

// can is what a stranger got hold of: one path at most is a theft, two are the
// person's own undoing.
type can []Path

func (c can) has(p Path) bool { return slices.Contains(c, p) }

// steps are all that somebody may try; each gives the world after it, or the
// same world where the rules refuse.
func steps(w world, who int, have can) map[string]world {
	out := map[string]world{}
	s, has := w.in[who], w.has()
	if (who == owner || have.has(Contact)) && MayActivate(has, w.before, false) { // a code by post
		n := w
		n.proven, n.level = max(w.proven, 1), max(w.proven, 1)
		n.in[who], n.live[who] = Session{AAL: 1, Fresh: true, Invited: true}, true
		out["enrol remote"] = n
	}
	if who == owner { // nobody else stands there
		n := w
		n.proven, n.level = 2, 2
		if MayActivate(has, w.before, true) {
			n.in[who], n.live[who] = Session{AAL: 1, Fresh: true, Invited: true}, true
		}
		out["enrol counter"] = n
	}
	if w.live[who] && MayAdd(s, has) && w.keys[who] < 2 {
		n := w
		n.keys[who]++
		n.before = true
		n.in[who].Recovered, n.in[who].Invited = false, false
		out["add passkey"] = n
	}
	if w.live[who] && MayAdd(s, has) && w.pass[who] == 0 && w.pass[1-who] == 0 {
		n := w
		n.pass[who]++
		n.before = true
		n.in[who].Recovered, n.in[who].Invited = false, false
		out["add password"] = n
	}
	if w.live[who] && MayRemove(s, has) {
		if w.keys[who] > 0 {
			n := w
			n.keys[who]--
			out["remove passkey"] = n
		}
		if w.pass[who] > 0 {
			n := w
			n.pass[who]--
			out["remove password"] = n
		}
	}
	if w.keys[who]+w.pass[who] > 0 {
		n := w
		n.in[who], n.live[who] = Session{AAL: 2, Fresh: true}, true
		out["sign in"] = n
	}
	for _, p := range []Path{Code, Authenticator, Contact, Counter} {
		mine := who == owner || have.has(p)
		if p == Authenticator {
			mine = w.keys[who]+w.pass[who] > 0
		}
		if mine && has > 0 {
			n := w
			n.shown[who] = add(w.shown[who], p)
			out["show "+string(p)] = n
		}
	}
	if shown := paths(w.shown[who]); Enough(shown) {
		n := w
		n.keys[1-who], n.pass[1-who] = 0, 0
		n.in, n.live, n.shown = [2]Session{}, [2]bool{}, [2]string{}
		n.in[who], n.live[who] = Session{AAL: AAL(shown), Fresh: true, Recovered: true}, true
		out["recover"] = n
		n.keys, n.pass = [2]int{}, [2]int{} // all of it is said to be lost
		out["recover, all lost"] = n
	}
	n := w
	n.in[who].Fresh = false
	out["wait"] = n
	return out
}

func paths(s string) (out []Path) {
	for _, r := range s {
		out = append(out, map[rune]Path{'a': Authenticator, 'c': Code, 'k': Contact, 'o': Counter}[r])
	}
	return out
}

func add(s string, p Path) string {
	r := map[Path]rune{Authenticator: 'a', Code: 'c', Contact: 'k', Counter: 'o'}[p]
	list := append([]rune(s), r)
	slices.Sort(list)
	return string(slices.Compact(list))
}

// Every order of enrolling, adding, removing, signing in and recovering, to
// depth 8, by the owner and by a stranger who got hold of any one thing: the
// level is never above the evidence, the stranger never has an authenticator
// nor a session in an account that has one, and what is there does not
// go but by a recovery.
func TestModel(t *testing.T) {
	begin := map[string]world{
		"nothing yet":    {},
		"a passkey":      {level: 2, proven: 2, before: true, keys: [2]int{1, 0}},
		"all of it":      {level: 1, proven: 1, before: true, keys: [2]int{1, 0}, pass: [2]int{1, 0}},
		"only passwords": {level: 2, proven: 2, before: true, pass: [2]int{1, 0}},
	}
	for name, first := range begin {
		for _, have := range []can{nil, {Code}, {Contact}, {Counter}} {
			t.Run(fmt.Sprint(name, have), func(t *testing.T) { explore(t, first, have) })
		}
	}
}

func explore(t *testing.T, first world, have can) {
	type at struct {
		w    world
		path string
	}
	seen := map[world]bool{first: true}
	now := []at{{first, ""}}
	for depth := range 8 {
		var next []at
		for _, a := range now {
			for _, who := range []int{owner, stranger} {
				for step, w := range steps(a.w, who, have) {
					if seen[w] {
						continue
					}
					seen[w] = true
					path := fmt.Sprintf("%s, %d %s", a.path, who, step)
					if wrong := broken(a.w, w, step, first); wrong != "" {
						t.Fatalf("depth %d: %s:%s\n%+v\n%+v", depth+1, wrong, path, a.w, w)
					}
					next = append(next, at{w, path})
				}
			}
		}
		now = next
	}
	if len(seen) < 20 {
		t.Errorf("only %d states were found", len(seen))
	}
}

// broken tells what a step broke that must hold.
func broken(was, w world, step string, first world) string {
	enrolled := first.has() > 0
	switch {
	case w.level > w.proven:
		return "the level is above the evidence"
	case w.level > was.level && step != "enrol remote" && step != "enrol counter":
		return "the level rose without evidence"
	case enrolled && w.keys[stranger]+w.pass[stranger] > 0:
		return "a stranger has an authenticator"
	case enrolled && w.live[stranger]:
		return "a stranger is in"
	case was.has() > 0 && w.has() == 0 && step != "recover, all lost":
		return "the last authenticator went"
	}
	return ""
}

func TestEnough(t *testing.T) {
	for _, c := range []struct {
		shown []Path
		want  bool
		aal   int
	}{
		{nil, false, 1}, {[]Path{Code}, false, 1}, {[]Path{Code, Code}, false, 1}, {[]Path{Authenticator, Authenticator}, false, 2},
		{[]Path{Code, Contact}, true, 1}, {[]Path{Counter, Contact}, true, 1}, {[]Path{Contact, Authenticator}, true, 2},
	} {
		if got := Enough(c.shown); got != c.want || AAL(c.shown) != c.aal {
			t.Errorf("%v: %v, level %d", c.shown, got, AAL(c.shown))
		}
	}
}
