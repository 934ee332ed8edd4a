package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/id"
	"balai/internal/spine/journal"
	"balai/internal/spine/ledger"
	"balai/internal/spine/money"
)

// hot is the account that every transfer goes into; the other side is one of cold.
const (
	hot  = "agency:bench:collected"
	cold = 64
)

func coldAccount(n int) string { return fmt.Sprintf("clearing:%d", n%cold) }

// ledgers measures durable transfers beside plain double entry on the same PostgreSQL, and what the disk alone allows.
func (b bench) ledgers(ctx context.Context, engines []string) error {
	machine()
	if err := disk(b.d); err != nil {
		return fmt.Errorf("disk: %w", err)
	}
	fmt.Println("\n### Transfers\n\nEach call of `ledger.Post` is one durable commit with its leaf in the journal, a sequencer beside it. Every transfer goes into one hot account. p50 and p99 are of a whole call.")
	fmt.Println("\n| engine | transfers in a group | callers | transfers/s | calls/s | p50 | p99 | failed |\n|---|---|---|---|---|---|---|---|")
	var audits []string
	for _, e := range engines {
		audit, err := b.ledgerOn(ctx, e)
		if err != nil {
			return fmt.Errorf("%s: %w", e, err)
		}
		audits = append(audits, audit)
	}
	if b.pg != "" {
		if err := b.plainBooks(ctx); err != nil {
			return fmt.Errorf("pgbench: %w", err)
		}
	}
	fmt.Println("\n### Audit of what was posted\n\n| engine | groups | transfers | took | wrong |\n|---|---|---|---|---|")
	for _, row := range audits {
		fmt.Println(row)
	}
	fmt.Printf("\nLoad at the end: %s.\n", load())
	return nil
}

// disk prints how many 128-byte records a second the disk takes, with an fsync after each batch.
func disk(d time.Duration) error {
	fmt.Println("### The disk alone\n\nOne writer appends records of 128 bytes to a file, with one fsync for each batch.\n\n| records in a batch | records/s | p50 | p99 |\n|---|---|---|---|")
	for _, n := range []int{1, 10, 100, 1000} {
		f, err := os.CreateTemp("", "balai-bench-")
		if err != nil {
			return err
		}
		batch := make([]byte, n*128)
		r := race(1, d/2, func(int) error {
			_, err := f.Write(batch)
			return errors.Join(err, f.Sync())
		})
		if err := errors.Join(f.Close(), os.Remove(f.Name())); err != nil {
			return err
		}
		if r.failures > 0 {
			return errors.New(r.first)
		}
		fmt.Printf("| %d | %.0f | %s | %s |\n", n, r.rate()*float64(n), ms(r.at(.5)), ms(r.at(.99)))
	}
	return nil
}

// openBooks is a ledger with its hot and cold accounts, and a sequencer that runs.
func (b bench) openBooks(ctx context.Context, engine, dir string) (*ledger.Ledger, func(), error) {
	dsn := b.dsn(engine)
	if dsn == "" {
		dsn = filepath.Join(dir, "balai.db")
	}
	d, err := db.Open(ctx, dsn, quietLog())
	if err != nil {
		return nil, nil, err
	}
	if err := d.Migrate(ctx, journal.Migration(), ledger.Migration()); err != nil {
		return nil, nil, err
	}
	clk := clock.System()
	ids := id.NewSource(clk, nil)
	key, _, err := journal.LoadKey(filepath.Join(dir, "key"), "bench.example/journal")
	if err != nil {
		return nil, nil, err
	}
	j, err := journal.New(d, clk, ids, "bench.example/journal", key)
	if err != nil {
		return nil, nil, err
	}
	l := ledger.New(d, clk, ids, j)
	accounts := []ledger.Account{{Code: hot, Agency: "bench", Currency: money.MYR, Normal: ledger.Credit, Floor: true}}
	for i := range cold {
		accounts = append(accounts, ledger.Account{Code: coldAccount(i), Agency: "bench", Currency: money.MYR, Normal: ledger.Debit})
	}
	if err := d.Write(ctx, func(tx *db.Tx) error { return l.OpenTx(tx, accounts...) }); err != nil {
		return nil, nil, err
	}
	ctx, stop := context.WithCancel(ctx)
	sequencer := make(chan error, 1)
	go func() { sequencer <- j.Run(ctx) }()
	return l, func() { stop(); <-sequencer; d.Close() }, nil
}

// ledgerOn measures one engine, and gives the row of its audit.
func (b bench) ledgerOn(ctx context.Context, engine string) (audit string, err error) {
	dir, err := os.MkdirTemp("", "balai-bench-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	l, done, err := b.openBooks(ctx, engine, dir)
	if err != nil {
		return "", err
	}
	defer done()
	for _, size := range []int{1, 10, 100, 1000} {
		for _, callers := range []int{1, 4, 16} {
			calls := make([]int, callers)
			r := race(callers, b.d, func(caller int) error {
				calls[caller]++
				return posted(ctx, l, fmt.Sprintf("%d.%d.%d.%d", size, callers, caller, calls[caller]), size)
			})
			failed := "0"
			if r.failures > 0 {
				failed = fmt.Sprintf("%d (%s)", r.failures, r.first)
			}
			fmt.Printf("| %s | %d | %d | %.0f | %.0f | %s | %s | %s |\n", engine, size, callers, r.rate()*float64(size), r.rate(), ms(r.at(.5)), ms(r.at(.99)), failed)
		}
	}
	from := time.Now()
	a, err := l.Audit(ctx)
	if err != nil {
		return "", err
	}
	wrong := "nothing"
	if len(a.Wrong) > 0 {
		wrong = strings.Join(a.Wrong, "; ")
	}
	return fmt.Sprintf("| %s | %d | %d | %.1f s | %s |", engine, a.Groups, a.Transfers, time.Since(from).Seconds(), wrong), nil
}

// posted posts one group of so many transfers into the hot account.
func posted(ctx context.Context, l *ledger.Ledger, name string, size int) error {
	g := ledger.Group{ID: name, Agency: "bench", Reason: "payment", Ref: name, Day: "2026-11-30", Transfers: make([]ledger.Transfer, size)}
	for i := range g.Transfers {
		g.Transfers[i] = ledger.Transfer{Kind: ledger.Post, Debit: coldAccount(i), Credit: hot, Amount: 1050}
	}
	refused, err := l.Post(ctx, []ledger.Group{g})
	if err != nil {
		return err
	}
	return refused[0]
}

// plainSchema is double entry as it is plainly written: two rows of accounts locked by their change, and one transfer.
const plainSchema = `create table account (id int primary key, debits bigint not null default 0, credits bigint not null default 0);
insert into account (id) select generate_series(0, 128);
create table transfer (id bigint generated always as identity primary key, debit int not null, credit int not null, amount bigint not null, at timestamptz not null default now());`

// plainScript is one transfer of pgbench; credit is the account that it goes into.
const plainScript = `\set debit random(1, 64)
\set credit %s
begin;
update account set debits = debits + 1050 where id = :debit;
update account set credits = credits + 1050 where id = :credit;
insert into transfer (debit, credit, amount) values (:debit, :credit, 1050);
commit;
`

// plainBooks measures plain double entry by pgbench, into one hot account and into 64.
func (b bench) plainBooks(ctx context.Context) error {
	fmt.Println("\n### Plain double entry on the same PostgreSQL\n\nBy `pgbench`: two accounts changed and one transfer inserted in one commit, row locks, without a journal, groups, floors or holds.\n\n| goes into | clients | transfers/s | p50 | p99 |\n|---|---|---|---|---|")
	dsn := b.dsn("postgres")
	if out, err := exec.CommandContext(ctx, "psql", "-q", "-v", "ON_ERROR_STOP=1", "-d", dsn, "-c", plainSchema).CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	for _, into := range []struct{ name, credit string }{{"one hot account", "0"}, {"any of 64", "random(65, 128)"}} {
		for _, clients := range []int{1, 4, 16} {
			r, err := pgbench(ctx, dsn, fmt.Sprintf(plainScript, into.credit), clients, b.d)
			if err != nil {
				return err
			}
			fmt.Printf("| %s | %d | %.0f | %s | %s |\n", into.name, clients, r.rate(), ms(r.at(.5)), ms(r.at(.99)))
		}
	}
	return nil
}

// pgbench runs a script and reads the time of each transaction from its log, whose third field is microseconds.
func pgbench(ctx context.Context, dsn, script string, clients int, d time.Duration) (r result, err error) {
	dir, err := os.MkdirTemp("", "balai-bench-")
	if err != nil {
		return r, err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "script.sql")
	if err := os.WriteFile(file, []byte(script), 0o600); err != nil {
		return r, err
	}
	seconds := max(1, int(d.Seconds()))
	out, err := exec.CommandContext(ctx, "pgbench", "-n", "-M", "prepared", "-f", file, "-c", strconv.Itoa(clients), "-j", "2", "-T", strconv.Itoa(seconds),
		"-l", "--log-prefix", filepath.Join(dir, "log"), dsn).CombinedOutput()
	if err != nil {
		return r, fmt.Errorf("%w: %s", err, out)
	}
	logs, err := filepath.Glob(filepath.Join(dir, "log.*"))
	if err != nil {
		return r, err
	}
	for _, name := range logs {
		f, err := os.Open(name)
		if err != nil {
			return r, err
		}
		for lines := bufio.NewScanner(f); lines.Scan(); {
			fields := strings.Fields(lines.Text())
			if len(fields) < 3 {
				continue
			}
			micro, err := strconv.ParseInt(fields[2], 10, 64)
			if err != nil {
				f.Close()
				return r, fmt.Errorf("a line of pgbench's log: %q", lines.Text())
			}
			r.waits = append(r.waits, time.Duration(micro)*time.Microsecond)
		}
		f.Close()
	}
	slices.Sort(r.waits)
	r.n, r.took = len(r.waits), time.Duration(seconds)*time.Second
	return r, nil
}
