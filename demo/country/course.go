package country

import (
	"fmt"
	"io/fs"

	"balai/demo"
	"balai/internal/spine/locale"
)

// Course is what happened to the past applications for one service, as text:
// how often which turn is taken, and in which words. Chances are percents.
type Course struct {
	Service string
	Cases   int
	Chance  struct {
		Quits     int // leave the draft behind
		Asks      int // of checks: the officer asks first
		Refuses   int // of officers' decisions
		Appeals   int // of refusals
		Allows    int // of appeals
		Withdraws int // of cases that an officer has
		Corrects  int // of yeses
		Revokes   int // of yeses
		Disputes  int // of applications that show the fact
		Late      int // of cases that an officer has: past the promised day
		Rates     int // of those decided
		Says      int // of ratings: with words
	}
	// Behind is an office that does not keep up: late cases of the last days.
	Behind struct {
		State       string
		Cases, Days int
	}
	Levels     struct{ Automatic, Officer [5]int } // weights of one to five stars
	Correction map[string]any                      // what a correction sets right
	Dispute    struct {
		Field, Claimed string // Claimed "" is the held value, spelled another way
		Because        locale.Text
	}
	Pick map[string][]locale.Text // answers in words, by field
	Say  struct {
		Ask, Reply, Check, Approve, Refuse []locale.Text
		Grounds, Allow, Uphold             []locale.Text
		Audit, Correct, Revoke, Withdraw   []locale.Text
		Own, Keep                          []locale.Text // a register's owner: it was wrong, it is right
	}
	Words map[int][]locale.Text // what people wrote, by stars

	// What the services' own registers hold of the past.
	Full                                                int // percent of schools
	Employers, Kinds, Activities, Courses, Universities []string
	Floods                                              []struct {
		Code, Name, State string
		Ago, Towns        int
	}
}

// readCourses parses demo/past.
func readCourses() (map[string]Course, error) {
	files, err := fs.Glob(demo.Files, "past/*.yaml")
	if err != nil {
		return nil, fmt.Errorf("country: %w", err)
	}
	courses := map[string]Course{}
	for _, path := range files {
		var c Course
		if err := parse(path, &c); err != nil {
			return nil, err
		}
		courses[c.Service] = c
	}
	return courses, nil
}
