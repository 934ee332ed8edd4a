package desk

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"balai/internal/spine/actor"
	"balai/internal/spine/casework"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/id"
	"balai/internal/spine/locale"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

// mostAtOnce bounds the cases of one bulk act: more than a page holds.
const mostAtOnce = 100

// The acts over many cases. None of them decides anything.
const (
	bulkTake     = "take"
	bulkBack     = "back"      // to the role's queue
	bulkHandOver = "hand_over" // to a colleague
	bulkRemind   = "remind"    // the standard message to who has not answered
)

// picked is one case as the officer saw it in the list.
type picked struct {
	Ref     string
	Version int
}

// outcome is what came of one case.
type outcome struct {
	Ref     string
	Done    bool
	Problem string // why not
}

// pickedOf reads REF.VERSION; what is not one names no case.
func pickedOf(values []string) []picked {
	var out []picked
	seen := map[string]bool{}
	for _, v := range values {
		ref, version, _ := strings.Cut(v, ".")
		n, err := strconv.Atoi(version)
		ref = id.NormalRef(ref)
		if err != nil || seen[ref] || len(out) == mostAtOnce {
			continue
		}
		seen[ref] = true
		out = append(out, picked{ref, n})
	}
	return out
}

// bulkSave does one act on each chosen case: one commit each, so that what
// fails for one is lost for none. Sending the form again changes nothing.
func (d *Desk) bulkSave(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return fault.New(fault.Invalid, "web.error.invalid").Wrap(err)
	}
	a := web.ActorOf(r.Context())
	l := web.L(r.Context())
	v := bulkView{Act: r.PostForm.Get("act"), Back: web.SafeNext(r.PostForm.Get("back"), "/desk")}
	cases := pickedOf(r.PostForm["case"])
	switch v.Act {
	case bulkTake, bulkBack, bulkHandOver, bulkRemind:
	default:
		return fault.New(fault.Invalid, "web.error.invalid")
	}
	for _, c := range cases {
		err := d.bulkOne(r.Context(), a, v.Act, c, r.PostForm.Get("to"))
		out := outcome{Ref: c.Ref, Done: err == nil}
		if err != nil {
			e, ok := fault.As(err)
			if !ok {
				return err
			}
			out.Problem = sayProblem(l, e)
		}
		v.Out = append(v.Out, out)
	}
	page := ui.NewPage(r, l.T("desk.bulk.result"))
	page.Path = "/desk"
	page.Before = ui.BackLink(ui.BackLinkProps{Text: l.T("desk.back"), Href: v.Back})
	return web.Render(w, r, http.StatusOK, bulkPage(page, v))
}

// sayProblem says what is wrong, with the field's reason where there is one.
// A case that is not the officer's is as one that is not there.
func sayProblem(l locale.Printer, e *fault.Error) string {
	if len(e.Fields) > 0 {
		return l.T(e.Fields[0].Key, e.Fields[0].Args...)
	}
	if e.Code == fault.Missing || e.Key == "casework.fault.role" {
		return l.T("casework.fault.missing")
	}
	return l.T(e.Key, e.Args...)
}

func (d *Desk) bulkOne(ctx context.Context, a actor.Actor, act string, c picked, to string) error {
	kind, data, err := d.bulkAct(ctx, a, act, c, to)
	if err != nil {
		return err
	}
	_, err = d.Service.Act(ctx, a, c.Ref, kind, c.Version, data)
	if fault.CodeOf(err) == fault.Conflict {
		done, again := d.didBefore(ctx, a, c, kind, data)
		if again != nil {
			return again
		}
		if done {
			return nil
		}
	}
	return err
}

// bulkAct is the engine's act for one case.
func (d *Desk) bulkAct(ctx context.Context, a actor.Actor, act string, c picked, to string) (kind string, data map[string]any, err error) {
	switch act {
	case bulkTake:
		return casework.Take, nil, nil
	case bulkHandOver:
		return casework.HandOver, map[string]any{"to": to}, nil
	case bulkBack:
		return casework.HandOver, map[string]any{"to": a.Role}, nil
	}
	text := ""
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		now, err := d.Cases.Get(tx, c.Ref)
		if err != nil {
			return err
		}
		allowed, err := d.Cases.Allowed(tx, a, now)
		if err == nil && !slices.Contains(allowed, casework.Message) { // another office's state is not for this one to know
			err = fault.New(fault.Missing, "casework.fault.missing")
		}
		if err != nil {
			return err
		}
		if now.State != casework.Waiting {
			return fault.New(fault.Conflict, "desk.bulk.answered")
		}
		lang, err := d.People.LangOf(tx, now.Applicant)
		if err != nil && fault.CodeOf(err) != fault.Missing {
			return err
		}
		text = d.Texts.For(lang).T("desk.bulk.reminder")
		return nil
	})
	return casework.Message, map[string]any{"text": text}, err
}

// didBefore tells whether the same officer has done the same act on the case
// as it was at that version: the form was sent twice.
func (d *Desk) didBefore(ctx context.Context, a actor.Actor, c picked, kind string, data map[string]any) (done bool, err error) {
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		acts, err := d.Cases.Acts(tx, c.Ref)
		if err != nil {
			return err
		}
		for _, act := range acts {
			if act.N != c.Version+1 || act.Kind != kind || act.By.Person != a.Person {
				continue
			}
			to, _ := data["to"].(string)
			done = kind != casework.HandOver || act.Data["to_post"] == to || act.Data["role"] == to
		}
		return nil
	})
	return done, err
}

// bulkView is what came of an act over many cases.
type bulkView struct {
	Act, Back string
	Out       []outcome
}

func (v bulkView) done() (out []string) {
	for _, o := range v.Out {
		if o.Done {
			out = append(out, o.Ref)
		}
	}
	return out
}

// sayTable lists what could not be done, and why.
func (v bulkView) table(p ui.Page) ui.TableProps {
	t := ui.TableProps{Caption: p.L.T("desk.bulk.failed"), CaptionClasses: "govuk-visually-hidden",
		Head: ui.Cells(p.L.T("desk.col.ref"), p.L.T("desk.bulk.why"))}
	for _, o := range v.Out {
		if !o.Done {
			t.Rows = append(t.Rows, []ui.Cell{{Body: link("/desk/"+url.PathEscape(o.Ref), o.Ref)}, {Text: o.Problem}})
		}
	}
	return t
}
