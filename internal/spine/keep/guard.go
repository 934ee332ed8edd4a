package keep

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/id"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
)

// published is a head that somebody has seen: the restored hall must not be
// behind it in silence.
type published struct {
	journal.Head
	from string
	note []byte
}

// compare holds the backup against every published head that is known: the one
// in the folder, those that an earlier run found there, the one that is named.
func (x *restore) compare(ctx context.Context) error {
	add := func(from string, note []byte) error {
		head, err := journal.OpenHead(note, x.checked.vkey)
		if err != nil {
			return fmt.Errorf("%s is not the head of this hall's journal: this backup is of another hall (%s)", from, x.checked.m.Origin)
		}
		x.published = append(x.published, published{head, from, note})
		return nil
	}
	if x.mark != nil {
		for _, note := range x.mark.Heads {
			if err := add("the head published before the first restore", []byte(note)); err != nil {
				return err
			}
		}
	} else if note, err := os.ReadFile(filepath.Join(x.Data, headFile)); err == nil && len(note) > 0 {
		if err := add(filepath.Join(x.Data, headFile), note); err != nil {
			return err
		}
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if x.Head != "" {
		note, err := fetchHead(ctx, x.Head)
		if err != nil {
			return err
		}
		if err := add(x.Head, note); err != nil {
			return err
		}
	}
	var earlier []journal.Head
	for i, p := range x.published {
		if p.Size <= x.checked.head.Size {
			earlier = append(earlier, p.Head)
		} else if x.lost == nil || p.Size > x.lost.Size {
			x.lost = &x.published[i]
		}
	}
	if len(earlier) > 0 {
		if _, err := x.checked.log.Head(x.checked.vkey, earlier...); err != nil {
			return err
		}
	}
	if x.lost == nil {
		return nil
	}
	return x.accepted()
}

// accepted insists on an officer who accepts that entries are lost.
func (x *restore) accepted() error {
	n := x.lost.Size - x.checked.head.Size
	if !x.Accept {
		since := clock.FromMicro(x.checked.m.HeadAt).In(clock.Zone).Format("2006-01-02 15:04:05")
		return fmt.Errorf("this backup is older than what the hall has published: %d of %d entries would be lost, all since %s. "+
			"Restore a newer backup, or let an officer accept the loss: --accept-loss --by PERSON --why TEXT", n, x.lost.Size, since)
	}
	if x.By == "" || strings.TrimSpace(x.Why) == "" {
		return errors.New("who accepts the loss, and why? Give --by PERSON and --why TEXT")
	}
	at := max(clock.Micro(x.Clock.Now()), x.checked.m.HeadAt)
	officer, ok := x.checked.staff.InRole(x.By, Accepts, at)
	if !ok {
		return fmt.Errorf("%s is not in a post with the role %s in this backup, so the loss is not accepted", x.By, Accepts)
	}
	x.officer = officer
	return nil
}

// fetchHead reads a head from a file, or from a hall that is open.
func fetchHead(ctx context.Context, from string) ([]byte, error) {
	if !strings.HasPrefix(from, "http://") && !strings.HasPrefix(from, "https://") {
		note, err := os.ReadFile(from)
		if err != nil {
			return nil, fmt.Errorf("--head: %w", err)
		}
		return note, nil
	}
	if !strings.HasSuffix(from, "/checkpoint") {
		from = strings.TrimSuffix(from, "/") + journal.Prefix + "checkpoint"
	}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, from, nil)
	if err != nil {
		return nil, fmt.Errorf("--head: %w", err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, fmt.Errorf("--head: %w", err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("--head: %s answers %s", from, res.Status)
	}
	return io.ReadAll(io.LimitReader(res.Body, 64<<10))
}

// finish takes the mark out of the database. Where entries are lost, the
// journal says so in the same commit, and its new head is the published one.
func (x *restore) finish(ctx context.Context, out *Restored) error {
	done := &db.Mark{State: db.Filled, Other: "the backup " + filepath.Base(x.File), At: x.mark.At, ID: x.mark.ID}
	if x.lost == nil {
		return x.db.SetMark(ctx, done)
	}
	signer, vkey, err := journal.LoadKey(filepath.Join(x.keyFolder(), "journal"), "")
	if err != nil {
		return err
	}
	origin, _, _ := strings.Cut(vkey, "+")
	j, err := journal.New(x.db, x.Clock, id.NewSource(x.Clock, nil), origin, signer)
	if err != nil {
		return err
	}
	if err := j.Anchor(ctx, filepath.Join(x.Data, headFile)); err != nil {
		return err
	}
	// Entries that had no place when the backup was made get theirs first.
	head := x.checked.head
	out.Lost, out.By = x.lost.Size-head.Size, x.officer
	record := journal.Record{Kind: "hall.restored", By: journal.ByActor(x.officer), Data: map[string]any{
		"published_size": x.lost.Size, "published_root": base64.StdEncoding.EncodeToString(x.lost.Root[:]),
		"restored_size": head.Size, "restored_root": x.checked.m.HeadRoot, "made_at": x.checked.m.MadeAt, "why": x.Why},
		Why: locale.Text{
			MS: fmt.Sprintf("Balai dipulihkan daripada sandaran; %d catatan yang telah diterbitkan hilang.", out.Lost),
			EN: fmt.Sprintf("The hall was restored from a backup; %d published entries are lost.", out.Lost)}}
	err = x.db.Write(ctx, func(tx *db.Tx) error {
		if _, err := j.Append(tx, record); err != nil {
			return err
		}
		return x.db.SetMarkTx(tx, done)
	})
	if err != nil {
		return err
	}
	for {
		n, err := j.Sequence(ctx)
		if err != nil {
			return err
		}
		if n == 0 {
			break
		}
	}
	return x.db.Read(ctx, func(tx *db.Tx) error {
		note, _, err := journal.Newest(tx)
		if err == nil {
			out.Head, err = journal.OpenHead(note, vkey)
		}
		return err
	})
}

func marshal(v any) ([]byte, error) {
	text, err := json.MarshalIndent(v, "", "  ")
	return append(text, '\n'), err
}
