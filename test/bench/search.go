package main

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"time"

	"balai/internal/spine/locale"
	"balai/internal/spine/search"
	"golang.org/x/sys/unix"
)

// shelfSize is for how many services the search is measured.
const shelfSize = 5000

// rounds are how often the same questions are asked again.
const rounds = 5

// searches measures the search alone, without HTTP, and prints its rows.
func searches() {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	rng := rand.New(rand.NewPCG(1, 2))
	words := vocabulary(rng)
	docs := shelf(rng, words)
	began := cpu()
	index := search.New(docs, nil)
	made := cpu() - began
	asked := ask(rng, words)
	var p50, p99, w50, w99 []time.Duration // of processor time, and as waited
	for range rounds {
		var waited, worked []time.Duration
		for i, q := range asked {
			from, at := time.Now(), cpu()
			index.Find(search.Query{Text: q, Lang: locale.Langs[i%2]})
			worked, waited = append(worked, cpu()-at), append(waited, time.Since(from))
		}
		slices.Sort(worked)
		slices.Sort(waited)
		n := len(asked)
		p50, p99 = append(p50, worked[n/2]), append(p99, worked[n*99/100])
		w50, w99 = append(w50, waited[n/2]), append(w99, waited[n*99/100])
	}
	fmt.Printf("\n### Search\n\n%d services of made-up words, %d questions: one word, two, misspelt, only begun, a word that every service has, a long sentence, nothing known; %d rounds. Processor time does not count what else the machine does; a new index takes %s of it.\n", shelfSize, len(asked), rounds, ms(made))
	fmt.Println("\n| | least of the rounds | median | most |\n|---|---|---|---|")
	for _, row := range []struct {
		name string
		took []time.Duration
	}{{"p50, processor time", p50}, {"p50, waited", w50}, {"p99, processor time", p99}, {"p99, waited", w99}} {
		slices.Sort(row.took)
		fmt.Printf("| %s | %s | %s | %s |\n", row.name, ms(row.took[0]), ms(row.took[rounds/2]), ms(row.took[rounds-1]))
	}
}

// cpu is the processor time of this thread, to which searches keeps.
func cpu() time.Duration {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &ts); err != nil {
		panic(err) // every Linux has this clock
	}
	return time.Duration(ts.Nano())
}

// vocabulary is words that look Malay.
func vocabulary(rng *rand.Rand) []string {
	syllables := strings.Fields("ba be bi ca da di ga ha ja ka ke la li ma me na ni pa pe ra ri sa se ta te tu wa ya")
	out := make([]string, 8000)
	for i := range out {
		for range 2 + rng.IntN(3) {
			out[i] += syllables[rng.IntN(len(syllables))]
		}
	}
	return out
}

// shelf is services in which a few words stand often and most seldom.
func shelf(rng *rand.Rand, words []string) []search.Doc {
	say := func(k int) locale.Text {
		var ms, en []string
		for range k {
			ms = append(ms, words[int(float64(len(words))*rng.Float64()*rng.Float64()*rng.Float64())])
			en = append(en, words[int(float64(len(words))*rng.Float64()*rng.Float64())])
		}
		return locale.Text{MS: strings.Join(ms, " "), EN: strings.Join(en, " ")}
	}
	docs := make([]search.Doc, shelfSize)
	for i := range docs {
		docs[i] = search.Doc{Kind: "service", ID: fmt.Sprintf("a%d/s%d", i%60, i), Title: say(4), Summary: say(18), Keywords: []locale.Text{say(6)},
			Agency: []locale.Text{locale.Same(fmt.Sprintf("Jabatan %d", i%60))}, Moments: []locale.Text{say(3)}, More: []locale.Text{say(10)}}
	}
	return docs
}

// ask is a thousand questions of every kind.
func ask(rng *rand.Rand, words []string) []string {
	some := func(k int) string {
		var out []string
		for range k {
			out = append(out, words[rng.IntN(len(words))])
		}
		return strings.Join(out, " ")
	}
	var out []string
	for range 125 {
		w := some(1)
		out = append(out, w, some(2), "x"+w, w[:len(w)-1], "jabatan", "jabatan "+w, some(20), "qqqqqqqq wwwwwwww "+some(1)+" zzzzzzzz")
	}
	return out
}
