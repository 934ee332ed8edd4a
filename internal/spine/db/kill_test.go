package db_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"balai/internal/spine/db"
)

// victim names the database of a process that TestKill will end.
const victim = "BALAI_TEST_VICTIM"

// writeUntilKilled prints each id once Write has returned.
func writeUntilKilled(path string) {
	d, err := db.Open(context.Background(), path, nil)
	if err == nil {
		err = d.Migrate(context.Background(), thing)
	}
	if err != nil {
		fmt.Println("error", err)
		return
	}
	for caller := range 16 {
		go func() {
			for i := 0; ; i++ {
				id := fmt.Sprintf("%s-%d-%d", os.Getenv(victim+"_RUN"), caller, i)
				err := d.Write(context.Background(), func(tx *db.Tx) error {
					for _, half := range []string{"/1", "/2"} {
						if _, err := tx.Exec("insert into thing_thing (id, n) values ($1, $2)", id+half, i); err != nil {
							return err
						}
					}
					return nil
				})
				if err != nil {
					fmt.Println("error", err)
				}
				os.Stdout.WriteString(id + "\n")
			}
		}()
	}
	select {}
}

// Whatever was acknowledged before kill -9 is there after it, and no act is
// there by half.
func TestKill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kill.db")
	var acknowledged []string
	for run := range 5 {
		c := exec.Command(os.Args[0])
		c.Env = append(os.Environ(), victim+"="+path, fmt.Sprint(victim, "_RUN=", run))
		out, err := c.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for n := 0; lines.Scan(); n++ {
			if strings.HasPrefix(lines.Text(), "error") {
				t.Error(lines.Text())
			}
			acknowledged = append(acknowledged, lines.Text())
			if n == 300+100*run {
				if err := c.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
		}
		c.Wait()
	}
	d, err := db.Open(context.Background(), path, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	err = d.Read(context.Background(), func(tx *db.Tx) error {
		all, err := db.List(tx, func(s db.Scanner) (id string, err error) { return id, s.Scan(&id) }, "select id from thing_thing")
		if err != nil {
			return err
		}
		there := map[string]bool{}
		for _, id := range all {
			there[id] = true
		}
		for _, id := range all {
			if act := strings.TrimSuffix(strings.TrimSuffix(id, "/1"), "/2"); !there[act+"/1"] || !there[act+"/2"] {
				t.Error("half an act: ", id)
			}
		}
		for _, id := range acknowledged {
			if !there[id+"/1"] {
				t.Error("acknowledged and lost: ", id)
			}
		}
		t.Logf("%d acknowledged, %d kept", len(acknowledged), len(all)/2)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
