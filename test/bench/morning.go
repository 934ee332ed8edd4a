package main

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	_ "modernc.org/sqlite" // reads the hall's own codes, as the people's mail boxes would
)

// The registration morning: everybody has to enrol from today on, and twenty
// times as many come as on a usual day. The first of them stand at the door when
// it opens.
const (
	usualMinute  = 60 // enrolments a minute: seven million in a year of office hours
	morningTimes = 20
	atTheDoor    = 600 // come in the first second
	pagesSecond  = 20  // asked for by people who are signed in already
	signInsTen   = 20  // by passkey, in ten seconds
)

// A morning is one run on one hall.
type morning struct {
	h     *hall
	db    *sql.DB
	codes sync.Map // by person
	mu    sync.Mutex
	done  []time.Duration // from the first page asked for to a passkey that is kept
	queue []time.Duration // how long the queue's pages told somebody to wait, together
	shown int             // pages of the queue
	lost  []error
	pages []time.Duration // of people who were signed in before
	signs []time.Duration // sign-ins by passkey
	late  []error         // of those two
}

// morning measures the registration morning on one engine and prints its row.
func (m *morning) run(length time.Duration, people []comer, personas []string) error {
	if err := m.others(20*time.Second, personas, func(context.Context) {}); err != nil {
		return err
	}
	calmPages, calmSigns := at(m.pages, .99), at(m.signs, .99)
	m.pages, m.signs = nil, nil
	return errors.Join(m.others(length, personas, func(ctx context.Context) { m.arrive(ctx, length, people) }), m.report(len(people), calmPages, calmSigns))
}

// arrive lets the comers in at their times and waits for the last one.
func (m *morning) arrive(ctx context.Context, length time.Duration, people []comer) {
	// The last to come ask within the last second: their codes are read after it.
	reading, stop := context.WithCancel(context.WithoutCancel(ctx))
	go m.read(reading)
	go m.progress(reading, len(people))
	defer stop()
	var all sync.WaitGroup
	began := time.Now()
	for i, c := range people {
		at := time.Second * time.Duration(i) / atTheDoor
		if i >= atTheDoor {
			at = length * time.Duration(i-atTheDoor) / time.Duration(len(people)-atTheDoor)
		}
		time.Sleep(time.Until(began.Add(at)))
		all.Go(func() {
			c.source = i
			came := time.Now()
			err := c.enrol(m)
			m.mu.Lock()
			defer m.mu.Unlock()
			if m.queue = append(m.queue, c.waited); err != nil {
				if m.lost = append(m.lost, fmt.Errorf("%s: %w", c.person, err)); len(m.lost) == 1 {
					fmt.Fprintln(os.Stderr, "the first who failed:", err)
				}
				return
			}
			m.done = append(m.done, time.Since(came))
		})
	}
	all.Wait()
}

// progress tells on the error output how far it is, until ctx ends.
func (m *morning) progress(ctx context.Context, came int) {
	for each := time.NewTicker(10 * time.Second); ; {
		select {
		case <-ctx.Done():
			each.Stop()
			return
		case <-each.C:
			m.mu.Lock()
			codes := 0
			m.codes.Range(func(any, any) bool { codes++; return true })
			fmt.Fprintf(os.Stderr, "%d of %d enrolled, %d codes sent, %d failed, %d pages of the queue, %d errors of others\n", len(m.done), came, codes, len(m.lost), m.shown, len(m.late))
			m.mu.Unlock()
		}
	}
}

// read takes the codes out of the mails and text messages that the demo keeps.
func (m *morning) read(ctx context.Context) {
	var mail, text int64
	for ctx.Err() == nil {
		mail = m.box(ctx, `select person, body, made_at from notify_mail where made_at >= $1 order by made_at`, mail)
		text = m.box(ctx, `select person, body, made_at from notify_text where made_at >= $1 order by made_at`, text)
		time.Sleep(250 * time.Millisecond)
	}
}

func (m *morning) box(ctx context.Context, query string, from int64) int64 {
	rows, err := m.db.QueryContext(ctx, query, from)
	if err != nil {
		return from
	}
	defer rows.Close()
	for rows.Next() {
		var person, body string
		if rows.Scan(&person, &body, &from) == nil {
			if strings.Contains(body, "/activate") {
				m.codes.Store(person, groupedCode.FindString(body))
			}
		}
	}
	return from
}

// others is what people do who were enrolled before, beside the work given.
func (m *morning) others(length time.Duration, personas []string, work func(context.Context)) error {
	var cookies []string
	var devices []*device
	for _, p := range personas[:min(8, len(personas))] {
		cookie, err := m.h.signIn(p)
		if err != nil {
			return err
		}
		cookies = append(cookies, cookie)
		d := newDevice(m.h)
		if err := d.enrol(m.h, p); err != nil {
			return err
		}
		devices = append(devices, d)
	}
	ctx, stop := context.WithTimeout(context.Background(), length)
	defer stop()
	var all sync.WaitGroup
	each := func(every time.Duration, into *[]time.Duration, do func(n int) error) {
		all.Go(func() {
			var under sync.WaitGroup
			defer under.Wait()
			began := time.Now()
			for n := 0; ctx.Err() == nil; n++ {
				time.Sleep(time.Until(began.Add(time.Duration(n) * every)))
				under.Go(func() {
					asked := time.Now()
					err := do(n)
					m.mu.Lock()
					defer m.mu.Unlock()
					if *into = append(*into, time.Since(asked)); err != nil {
						m.late = append(m.late, err)
					}
				})
			}
		})
	}
	each(time.Second/pagesSecond, &m.pages, func(n int) error {
		res, _, err := m.h.send("GET", "/me", cookies[n%len(cookies)], "", "")
		if err == nil && res.StatusCode != http.StatusOK {
			err = fmt.Errorf("a page for somebody signed in: %d", res.StatusCode)
		}
		return err
	})
	busy := make(chan *device, len(devices))
	for _, d := range devices {
		busy <- d
	}
	each(10*time.Second/signInsTen, &m.signs, func(int) error {
		d := <-busy
		defer func() { busy <- d }()
		c := &crowdOf{address: m.h.address}
		defer c.close()
		return d.enter(c, 0)
	})
	work(ctx)
	all.Wait()
	return nil
}

// report checks in the database that nobody is missing and nobody is there
// twice, and prints the row.
func (m *morning) report(came int, calmPages, calmSigns time.Duration) error {
	var twice int
	if err := m.db.QueryRow(`select count(*) from (select person from proof_activation where used_at > 0 group by person having count(*) > 1) as x`).Scan(&twice); err != nil {
		return err
	}
	var kept int
	if err := m.db.QueryRow(`select count(distinct a.person) from proof_activation a join identity_passkey k on k.person = a.person where a.used_at > 0`).Scan(&kept); err != nil {
		return err
	}
	fmt.Printf("| %d | %d | %d | %d | %d | %s | %s | %s → %s | %s → %s | %d | %.0f MB |\n", came, kept, came-kept, twice, m.shown,
		seconds(at(m.queue, .99)), seconds(at(m.done, .99)), ms(calmPages), ms(at(m.pages, .99)), ms(calmSigns), ms(at(m.signs, .99)), len(m.late), m.h.memory())
	return errors.Join(errors.Join(m.lost[:min(3, len(m.lost))]...), errors.Join(m.late[:min(3, len(m.late))]...))
}

func at(list []time.Duration, p float64) time.Duration {
	slices.SortFunc(list, cmp.Compare)
	return result{waits: list}.at(p)
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }

// mornings measures the registration morning on each engine.
func (b bench) mornings(length time.Duration, engines []string) error {
	machine()
	b.cores = 2
	fmt.Printf("%d enrolments a minute for %s, %d times the usual %d; %d people stand at the door when it opens. Each asks from an address of their own for the page, sends number and name, waits for the code, types it and makes a passkey; whom the page of the queue tells to wait does, and comes again. Beside them %d pages a second for people who are signed in, and %d sign-ins by passkey in ten seconds. The callers run on the hall's cores.\n\n",
		usualMinute*morningTimes, length, morningTimes, usualMinute, atTheDoor, pagesSecond, signInsTen)
	fmt.Println("| server | came | enrolled | lost | twice | pages of the queue | told to wait, p99 | page to passkey, p99 | page of the signed-in, p99, before → during | sign-in by passkey, p99, before → during | of both failed | resident |\n|---|---|---|---|---|---|---|---|---|---|---|---|")
	for _, e := range engines {
		if err := b.morningOn(e, length); err != nil {
			return fmt.Errorf("%s: %w", e, err)
		}
	}
	return nil
}

func (b bench) morningOn(engine string, length time.Duration) error {
	data, clean, err := folder()
	if err != nil {
		return err
	}
	defer clean()
	dsn := b.dsn(engine)
	h, err := b.start(data, dsn)
	if err != nil {
		return err
	}
	defer h.stop()
	h.calm()
	_, personas, err := demoProgram(data, h)
	if err != nil {
		return err
	}
	driver, name := "sqlite", "file:"+filepath.Join(data, "balai.db")+"?mode=ro"
	if dsn != "" {
		driver, name = "pgx", dsn
	}
	base, err := sql.Open(driver, name)
	if err != nil {
		return err
	}
	defer base.Close()
	people, err := comers(base, personas, int(length.Minutes()*usualMinute*morningTimes))
	if err != nil {
		return err
	}
	fmt.Printf("| balai, %s ", engine)
	return (&morning{h: h, db: base}).run(length, people, personas)
}
