package chaos

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"balai/balaitest"
	"balai/internal/spine/db"
	"balai/internal/spine/journal"
)

// due are jobs that should have run by now. The demo's own past is no part of this.
const due = `select count(*) from outbox_job where kind not like 'past:%' and kind <> 'demo.replay'
	and (state in ('available', 'retryable', 'running') or state = 'scheduled' and run_at <= $1)`

// calm lets the hall finish what was begun. It does not wait for what is put off or leased: that time is over.
func (w *world) calm(t *testing.T) {
	t.Helper()
	for _, h := range w.halls {
		h.Stop()
	}
	d := w.database(t)
	defer d.Close()
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(`update outbox_job set lease_at = 0 where state = 'running'`)
		if err == nil {
			_, err = tx.Exec(`update outbox_job set run_at = 0 where state = 'retryable'`)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range w.halls {
		h.Run()
	}
	for {
		n := number(t, d, due, time.Now().UnixMicro())
		if n == 0 {
			return
		}
		select {
		case <-w.ctx.Done():
			t.Fatalf("%d jobs are never done", n)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func number(t *testing.T, d *db.DB, q string, args ...any) (n int) {
	t.Helper()
	err := d.Read(t.Context(), func(tx *db.Tx) error { return tx.QueryRow(q, args...).Scan(&n) })
	if err != nil {
		t.Fatalf("%s: %v", q, err)
	}
	return n
}

// count looks at everything that was promised to anybody.
func (w *world) count(t *testing.T) {
	t.Helper()
	vkey := w.halls[0].Demo.Journal.PublicKey
	w.receipts(t, vkey)
	for _, h := range w.halls {
		h.Stop()
	}
	// Each act has its entry in the journal, and each entry its act; every table and every file is whole.
	if out, code := w.halls[0].Command(append([]string{"doctor", "--deep", "--data", w.halls[0].Data}, w.engine.Args()...)...); code != 0 {
		t.Errorf("the doctor says: %s", out)
	}
	d := w.database(t)
	defer d.Close()
	for _, c := range w.people {
		c.count(t, w, d)
	}
	if n := number(t, d, `select count(*) from outbox_job where state = 'discarded'`); n > 0 {
		t.Errorf("%d jobs were given up", n)
	}
	if err := journal.VerifyDB(t.Context(), d, vkey); err != nil {
		t.Errorf("the journal is not sound: %v", err)
	}
	for head := range w.heads {
		if err := journal.Continues(t.Context(), d, []byte(head), vkey); err != nil {
			t.Errorf("a head that was published is no beginning of the journal: %v\n%s", err, head)
		}
	}
	if len(w.heads) < 2 {
		t.Errorf("only %d heads were seen", len(w.heads))
	}
	for _, says := range w.broken {
		t.Error(says)
	}
	// A calm day proves nothing.
	if w.kills == 0 || w.disk.mounted && w.fills == 0 || w.refused.Load()+w.unheard.Load() == 0 {
		t.Errorf("%d kills, %d full disks, %d crashes of PostgreSQL, and %d requests that met them: nothing was broken",
			w.kills, w.fills, w.restarts, w.refused.Load()+w.unheard.Load())
	}
}

// count is one person's: the answers are where they belong, and there once.
func (c *citizen) count(t *testing.T, w *world, d *db.DB) {
	t.Helper()
	const mine = ` where applicant = $1 and kind = '` + moving + `'`
	cases := number(t, d, `select count(*) from casework_case`+mine, c.person)
	if c.byPage && !c.sends {
		kept := number(t, d, `select count(*) from service_draft where id = $1 and state = 'open' and answers like $2`, c.draft, "%"+c.street+"%")
		if kept != 1 || cases != 0 {
			t.Errorf("%s left a form: %d drafts with the answer, %d cases", c.person, kept, cases)
		}
		return
	}
	if len(c.refs) != 1 || cases != 1 {
		t.Errorf("%s sent once: %d cases, acknowledged as %v", c.person, cases, c.refs)
		return
	}
	ref := c.ref()
	for what, q := range map[string]string{
		"application with the answer":    `select count(*) from service_application where ref = $1 and answers like $2`,
		"address in the register":        `select count(*) from register_person where id = (select applicant from casework_case where ref = $1) and address = $2`,
		"certificate that says so":       `select count(*) from certificate_certificate where case_ref = $1 and payload like $2`,
		"message that it is granted":     `select count(*) from notify_message where case_ref = $1 and text_key = 'service.notice.issue' and $2 <> ''`,
		"message that it has been taken": `select count(*) from notify_message where case_ref = $1 and text_key = 'service.notice.receive' and $2 <> ''`,
	} {
		like := c.street
		if strings.Contains(q, "like $2") {
			like = "%" + c.street + "%"
		}
		if n := number(t, d, q, ref, like); n != 1 {
			t.Errorf("%s, %s: %d times %s, not once", c.person, ref, n, what)
		}
	}
	// A case tells each thing once; so does its mail, whose key is its message.
	if n := number(t, d, `select count(*) from (select text_key from notify_message where case_ref = $1 group by text_key having count(*) > 1) as twice`, ref); n > 0 {
		t.Errorf("%s, %s: %d messages stand twice", c.person, ref, n)
	}
	if all := number(t, d, `select count(*) from certificate_certificate where case_ref = $1`, ref); all != 1 {
		t.Errorf("%s, %s: %d certificates", c.person, ref, all)
	}
	for _, verb := range []string{"check", "decide"} {
		n := number(t, d, `select count(*) from casework_act where ref = $1 and kind = $2`, ref, verb)
		want := 0
		if c.officer {
			want = 1
		}
		if told := w.acts[ref][verb]; told > want || c.officer && n != want {
			t.Errorf("%s: %d acts %s, acknowledged %d times", ref, n, verb, told)
		}
	}
}

// receipts asks for the proof of every case, as its applicant, and checks it with nothing but the hall's public key.
func (w *world) receipts(t *testing.T, vkey string) {
	t.Helper()
	queue := make(chan *citizen)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for c := range queue {
				if err := w.receipt(c, vkey); err != nil {
					t.Errorf("%s: %v", c.ref(), err)
				}
			}
		})
	}
	for _, c := range w.people {
		if c.ref() != "" {
			queue <- c
		}
	}
	close(queue)
	all.Wait()
}

func (w *world) receipt(c *citizen, vkey string) error {
	get := func(path string) (balaitest.Answer, error) {
		return w.until(c, path, func(at *balaitest.Person) (balaitest.Answer, error) { return at.Get(path) }, http.StatusOK)
	}
	record, err := get("/case/" + c.ref() + "/receipt.json")
	if err != nil {
		return err
	}
	var r struct{ Entry string }
	if err := record.Into(&r); err != nil {
		return err
	}
	entry, err := base64.StdEncoding.DecodeString(r.Entry)
	if err != nil || len(entry) != 32 {
		return fmt.Errorf("entry %q: %v", r.Entry, err)
	}
	proof, err := get("/case/" + c.ref() + "/receipt.tlog-proof")
	if err != nil {
		return err
	}
	_, err = journal.VerifyProof(proof.Body, entry, vkey)
	return err
}
