package payout

import (
	"errors"
	"net/http"
	"strconv"

	"balai/internal/domain/payment"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/locale"
	"balai/internal/spine/money"
	"balai/internal/spine/web"
)

const (
	perPage = 50 // lines of a page
	batches = 50 // batches of the list
	samples = 5  // lines that an approver is shown of each kind
)

// listView is an agency's batches, and its fund.
type listView struct {
	Desk            payment.Desk
	Available, Held money.Amount
	List            []Batch
	Tallies         []Tally
	Untaken         []Batch // of which the bank has not taken a message for a while
	Page, Pages     int64
}

func (p *Part) listPage(w http.ResponseWriter, r *http.Request) error {
	d, err := p.Desk.DeskOf(r)
	if err != nil {
		return err
	}
	page, ok := number(r, "page", 1, 1, 1<<31)
	if !ok {
		page = 1
	}
	v := listView{Desk: d, Page: page}
	agency := d.Collector.Agency
	err = p.db.Read(r.Context(), func(tx *db.Tx) (err error) {
		v.Tallies = nil
		if v.Available, v.Held, err = p.FundOf(tx, agency, d.Live); err != nil {
			return err
		}
		if v.Untaken, err = untakenBatches(tx, agency, d.Live); err != nil {
			return err
		}
		n, err := countBatches(tx, agency, d.Live)
		if err != nil {
			return err
		}
		v.Pages = max(1, (n+batches-1)/batches)
		if v.List, err = batchesOf(tx, agency, d.Live, (page-1)*batches, batches); err != nil {
			return err
		}
		for _, b := range v.List {
			t, err := tallyOf(tx, b.ID)
			if err != nil {
				return err
			}
			v.Tallies = append(v.Tallies, t)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, listPageView(payment.DeskPage(r, web.L(r.Context()).T("payout.title")), v))
}

// batchView is one batch as an officer has it.
type batchView struct {
	Desk       payment.Desk
	Batch      Batch
	Tally      Tally
	MakerPost  locale.Text
	Maker      string // by name, "" where the directory has none
	Approver   string // likewise
	Mine       bool   // the reader put it forward
	Decides    bool   // the reader may decide
	Largest    []Line
	Fresh      []Line
	Repeated   []Line
	Available  money.Amount
	Lines      []Line
	OnlyBack   bool
	Next       int64  // the line after which the next page begins
	Untaken    *Chunk // that was sent and that the bank has not taken
	Wrong      string
	WrongField string
	Reason     string
}

func (p *Part) batchPage(w http.ResponseWriter, r *http.Request) error {
	return p.batchShow(w, r, batchView{}, http.StatusOK)
}

// batchOf is the desk's batch of an address; nobody else's is known to exist.
func batchOf(tx *db.Tx, d payment.Desk, id string) (Batch, error) {
	b, err := batchByID(tx, id)
	if errors.Is(err, db.ErrNoRows) || err == nil && (b.Agency != d.Collector.Agency || b.Live != d.Live || b.State == Loading) {
		return b, fault.New(fault.Missing, "payout.error.missing")
	}
	return b, err
}

func (p *Part) batchShow(w http.ResponseWriter, r *http.Request, v batchView, status int) error {
	d, err := p.Desk.DeskOf(r)
	if err != nil {
		return err
	}
	v.Desk, v.OnlyBack = d, r.URL.Query().Get("only") == "back"
	after, ok := number(r, "after", 0, 0, 1<<40)
	if !ok {
		after = 0
	}
	err = p.db.Read(r.Context(), func(tx *db.Tx) (err error) {
		if v.Batch, err = batchOf(tx, d, r.PathValue("id")); err != nil {
			return err
		}
		return p.fill(tx, r, &v, after)
	})
	if err != nil {
		return err
	}
	page := payment.DeskPage(r, web.L(r.Context()).T("payout.one", "reference", v.Batch.Reference))
	page.Error = v.Wrong != ""
	return web.Render(w, r, status, batchPageView(page, v))
}

// fill reads what stands on a batch's page.
func (p *Part) fill(tx *db.Tx, r *http.Request, v *batchView, after int64) (err error) {
	b, a := v.Batch, web.ActorOf(r.Context())
	if v.Tally, err = tallyOf(tx, b.ID); err != nil {
		return err
	}
	if v.Available, _, err = p.FundOf(tx, b.Agency, b.Live); err != nil {
		return err
	}
	if b.MakerPost != "" {
		post, err := p.Desk.Directory.Post(tx, b.MakerPost)
		if err != nil && !errors.Is(err, db.ErrNoRows) && fault.CodeOf(err) != fault.Missing {
			return err
		}
		v.MakerPost = post.Title
	}
	people, err := p.Desk.Directory.People(tx, []string{b.Maker, b.Approver})
	if err != nil {
		return err
	}
	v.Maker, v.Approver = people[b.Maker].Name, people[b.Approver].Name
	v.Mine = b.Maker == a.Person && b.Maker != ""
	v.Decides = v.Desk.Acts && b.State == Submitted && !v.Mine
	if v.Untaken = nil; b.State == Approved {
		c, found, err := untakenOf(tx, b.ID)
		if err != nil {
			return err
		}
		if found {
			v.Untaken = &c
		}
	}
	list := linesAfter
	if v.OnlyBack {
		list = linesBack
	}
	if v.Lines, err = list(tx, b.ID, after, perPage+1); err != nil {
		return err
	}
	if v.Next = 0; len(v.Lines) > perPage {
		v.Lines = v.Lines[:perPage]
		v.Next = v.Lines[perPage-1].N
	}
	if b.State != Received && b.State != Submitted {
		return nil
	}
	if v.Largest, err = largest(tx, b.ID, samples); err != nil {
		return err
	}
	if b.Repeats > 0 { // looking for what is not there reads all
		if v.Repeated, err = repeated(tx, b.ID, samples); err != nil {
			return err
		}
	}
	if b.Fresh == 0 {
		return nil
	}
	v.Fresh, err = freshLines(tx, b.ID, samples)
	return err
}

// batchReport is what the bank said, to take along.
func (p *Part) batchReport(w http.ResponseWriter, r *http.Request) error {
	d, err := p.Desk.DeskOf(r)
	if err != nil {
		return err
	}
	var b Batch
	var chunks []Chunk
	err = p.db.Read(r.Context(), func(tx *db.Tx) (err error) {
		if b, err = batchOf(tx, d, r.PathValue("id")); err != nil {
			return err
		}
		chunks, err = chunksOf(tx, b.ID)
		return err
	})
	if err != nil {
		return err
	}
	if r.URL.Query().Get("format") == "csv" {
		return p.sheet(w, r, b, chunks, web.L(r.Context()))
	}
	return p.report(w, r, b, chunks)
}

// deed does something with a batch and leads back to it. What an officer can put
// right is said on the page.
func (p *Part) deed(w http.ResponseWriter, r *http.Request, field string, act func(tx *db.Tx, id string) (Batch, error)) error {
	d, err := p.Desk.DeskOf(r)
	if err != nil {
		return err
	}
	err = p.db.Write(r.Context(), func(tx *db.Tx) error {
		b, err := batchOf(tx, d, r.PathValue("id"))
		if err == nil {
			_, err = act(tx, b.ID)
		}
		return err
	})
	f, is := fault.As(err)
	if is && (f.Code == fault.Conflict || f.Code == fault.Invalid || f.Key == "payout.error.four_eyes") {
		l := web.L(r.Context())
		return p.batchShow(w, r, batchView{Wrong: l.T(f.Key, f.Args...), WrongField: field, Reason: r.PostFormValue("reason")}, fault.Status(f.Code))
	}
	if err != nil {
		return err
	}
	return web.SeeOther(w, r, d.Path("/payouts/"+r.PathValue("id")))
}

func (p *Part) batchSubmit(w http.ResponseWriter, r *http.Request) error {
	return p.deed(w, r, "do", func(tx *db.Tx, id string) (Batch, error) { return p.SubmitTx(tx, web.ActorOf(r.Context()), id) })
}

func (p *Part) batchApprove(w http.ResponseWriter, r *http.Request) error {
	hash := r.PostFormValue("hash")
	return p.deed(w, r, "do", func(tx *db.Tx, id string) (Batch, error) { return p.ApproveTx(tx, web.ActorOf(r.Context()), id, hash) })
}

func (p *Part) batchRefuse(w http.ResponseWriter, r *http.Request) error {
	reason := r.PostFormValue("reason")
	return p.deed(w, r, "reason", func(tx *db.Tx, id string) (Batch, error) { return p.RefuseTx(tx, web.ActorOf(r.Context()), id, reason) })
}

func (p *Part) batchCancel(w http.ResponseWriter, r *http.Request) error {
	return p.deed(w, r, "do", func(tx *db.Tx, id string) (Batch, error) { return p.CancelTx(tx, web.ActorOf(r.Context()), id) })
}

func (p *Part) batchAsk(w http.ResponseWriter, r *http.Request) error {
	return p.deed(w, r, "do", func(tx *db.Tx, id string) (Batch, error) { return p.AskTx(tx, web.ActorOf(r.Context()), id) })
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
