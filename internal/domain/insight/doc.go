// Package insight shows a service's team how its releases do: who began, who
// stopped at which page, who finished, what was decided at once, how long it
// took, what people said, and how much effort it cost them beside today's
// counter. Two releases stand side by side, because a release answers feedback
// and this page tells whether it did.
//
// It hears events (events.go) into tables of its own and keeps no name, no
// answer and no person's id; texts of ratings are shown without the case.
package insight
