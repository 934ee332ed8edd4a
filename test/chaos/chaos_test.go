package chaos

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"balai/balaitest"
	"balai/demo/country"
	"balai/internal/spine/actor"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/id"
)

var (
	crowd    = flag.Int("people", 80, "how many people of the demo country move house on each database")
	over     = flag.Duration("over", 15*time.Second, "over how long they begin")
	patience = flag.Duration("patience", 8*time.Minute, "how long anybody asks again before the run has failed")
)

func TestMain(m *testing.M) { os.Exit(balaitest.Main(m)) }

// TestHall: a country uses a hall that breaks all the time; afterwards nothing is lost, doubled or unproved.
func TestHall(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) {
		d := newDisk(t)
		w := &world{disk: d, engine: balaitest.Engine{Name: "sqlite"}}
		w.open(t, 1)
		w.run(t)
	})
	// The test crashes a PostgreSQL of its own, never the one that others use.
	if os.Getenv("BALAI_TEST_PG") == "" {
		t.Log("PostgreSQL is not tried: BALAI_TEST_PG tells that it is installed, in `make test`")
		return
	}
	t.Run("postgres", func(t *testing.T) {
		d := newDisk(t)
		s := newServer(t, d)
		w := &world{disk: d, server: s, engine: balaitest.Engine{Name: "postgres", DSN: balaitest.Database(t, s.dsn)}}
		w.open(t, 2)
		w.run(t)
	})
}

// open starts the processes, each with a folder of its own, and signs people in.
func (w *world) open(t *testing.T, processes int) {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), *patience)
	t.Cleanup(stop)
	w.ctx, w.acts, w.heads = ctx, map[string]map[string]int{}, map[string]bool{}
	for i := range processes {
		w.halls = append(w.halls, balaitest.StartIn(t, filepath.Join(w.disk.dir, fmt.Sprintf("hall-%d", i)), "demo", w.engine.Args()...))
	}
	w.signIn(t)
	w.desks = w.officers(t)
	for _, x := range w.halls[0].Examples(t, moving) {
		if x.FactsAccepted != nil {
			w.facts = x.FactsAccepted
		}
	}
}

// database is the hall's, opened beside it.
func (w *world) database(t *testing.T) *db.DB {
	t.Helper()
	dsn := w.engine.DSN
	if dsn == "" {
		dsn = filepath.Join(w.halls[0].Data, "balai.db")
	}
	d, err := db.Open(t.Context(), dsn, slog.New(slog.NewTextHandler(io.Discard, nil)))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// signIn opens a session for people of the register who have no part in any story: the demo's door lets in personas only.
func (w *world) signIn(t *testing.T) {
	t.Helper()
	d := w.database(t)
	defer d.Close()
	clk := clock.System()
	sessions := actor.NewSessions(d, clk, id.NewSource(clk, nil), nil)
	past := pastOf(t, clk.Now())
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		w.people = nil
		names, err := db.List(tx, func(s db.Scanner) (p [3]string, err error) { return p, s.Scan(&p[0], &p[1], &p[2]) },
			`select id, name, id_number from register_person where status = 'valid' and born_on between '1970' and '2005'
				and length(id) = 36 order by id`)
		if err != nil {
			return err
		}
		names = slices.DeleteFunc(names, func(p [3]string) bool { return strings.Contains(past, p[0]) || strings.Contains(past, p[2]) })
		names = names[:min(len(names), *crowd)]
		for n, p := range names {
			token, err := sessions.StartTx(tx, actor.Start{Person: p[0], Name: p[1], Method: "demo", AAL: 2})
			if err != nil {
				return err
			}
			_, err = tx.Exec(`insert into proof_evidence (id, person, kind, strength, channel, verifier, post, agency, detail, made_at, expires_at, approved_by, approved_at, void_at, enrolment)
				values ($1, $2, 'mykad_seen', 2, 'counter', 'test', '', 'jpn', '', $3, 0, 'test too', $3, 0, '')`, "chaos-"+p[0], p[0], clock.Micro(clk.Now()))
			if err != nil {
				return err
			}
			w.people = append(w.people, newCitizen(n, p[0], token, clk.Now()))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(w.people) != *crowd {
		t.Fatalf("the country has %d people for this, not %d", len(w.people), *crowd)
	}
}

// pastOf is the whole past of the country as text: who stands in it moves or marries while the demo lives through it.
// Those who die in it are past sixty.
func pastOf(t *testing.T, now time.Time) string {
	t.Helper()
	c, err := country.Generate(1, clock.Day(now))
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(c.Past)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// run is the storm and the count after it.
func (w *world) run(t *testing.T) {
	t.Helper()
	began := time.Now()
	done := make(chan struct{})
	go func() {
		defer close(done)
		w.use(t)
	}()
	w.storm(t, done)
	t.Logf("%s, %d processes: %d people and %d acts of officers in %s; %d requests, %d refused for the moment, %d unheard, %d unsure; %d kills, %d full disks, %d crashes of PostgreSQL, %d heads of the journal seen",
		w.engine.Name, len(w.halls), len(w.people), w.decided.Load(), time.Since(began).Round(time.Second), w.asked.Load(), w.refused.Load(), w.unheard.Load(), w.unsure.Load(), w.kills, w.fills, w.restarts, len(w.heads))
	began = time.Now()
	w.calm(t)
	t.Logf("calm after %s", time.Since(began).Round(time.Second))
	w.count(t)
	t.Logf("counted after %s", time.Since(began).Round(time.Second))
}
