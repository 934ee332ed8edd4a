package desk

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"balai/internal/spine/actor"
	"balai/internal/spine/casework"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/id"
	"balai/internal/spine/web"
)

// act does one kind of act. Where it cannot be done the case is shown again,
// as it now stands, with what the officer typed still in the form.
func (d *Desk) act(kind string) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if err := r.ParseForm(); err != nil {
			return fault.New(fault.Invalid, "web.error.invalid").Wrap(err)
		}
		ref := id.NormalRef(r.PathValue("ref"))
		version, _ := strconv.Atoi(r.PostForm.Get("version"))
		if kind == casework.Decide && r.PostForm.Has("back") { // from the page that asks once more
			return d.render(w, r, ref, posted{Kind: kind, Version: version, Values: r.PostForm}, http.StatusOK)
		}
		asked, err := d.do(r, ref, kind, version)
		if err == nil && asked != nil {
			return d.refuseShow(w, r, *asked)
		}
		if err == nil {
			return web.SeeOther(w, r, "/desk/"+ref+"?done="+url.QueryEscape(kind))
		}
		e, ok := fault.As(err)
		if !ok || e.Code != fault.Conflict && e.Code != fault.Invalid && e.Code != fault.Denied {
			return err
		}
		l := web.L(r.Context())
		p := posted{Kind: kind, Version: version, Values: r.PostForm, Errors: map[string]string{}}
		for _, f := range e.Fields {
			p.Errors[fieldOf(f.Location)] = l.T(f.Key, f.Args...)
		}
		if len(e.Fields) == 0 {
			p.Problem = l.T(e.Key, e.Args...)
		}
		return d.render(w, r, ref, p, fault.Status(e.Code))
	}
}

// fieldOf is the field of the form that a fault is about.
func fieldOf(location string) string {
	if name, ok := strings.CutPrefix(location, "correction."); ok {
		return "field-" + name
	}
	if name, ok := strings.CutPrefix(location, "with."); ok {
		return "with-" + name
	}
	return location
}

// do does the act; where it is a refusal that was not confirmed yet, it tells
// what to ask instead.
func (d *Desk) do(r *http.Request, ref, kind string, version int) (asked *refusal, err error) {
	var c casework.Case
	var acts []casework.Act
	var rules []casework.Rule
	var offered map[string][]choice
	err = d.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		if c, err = d.Cases.Get(tx, ref); err != nil {
			return err
		}
		if acts, err = d.Cases.Acts(tx, ref); err != nil {
			return err
		}
		if offered, err = d.offered(tx, web.ActorOf(r.Context()), c); err != nil || kind != casework.Decide {
			return err
		}
		content, err := d.Service.Content(tx, actor.System(c.Agency), c) // the record keeps what the rules saw
		rules = content.Trace
		return err
	})
	if err != nil {
		return nil, err
	}
	data, err := d.data(kind, c, acts, offered, r.PostForm)
	if err != nil {
		return nil, err
	}
	a := web.ActorOf(r.Context())
	if kind == casework.Decide && data["verdict"] == casework.Refuse && !r.PostForm.Has("confirmed") {
		if asked, err = d.ask(r, a, c, version, data); asked != nil || err != nil {
			return asked, err
		}
	}
	if len(rules) > 0 {
		data["trace"] = trace(rules)
	}
	_, err = d.Service.Act(r.Context(), a, ref, kind, version, data)
	return nil, err
}
