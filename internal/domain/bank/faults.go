package bank

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"balai/internal/spine/db"
)

// faultsShow is the dial, as JSON or as a page.
func (b *Bank) faultsShow(w http.ResponseWriter, r *http.Request) error {
	if wantsPage(r) {
		return b.faultsPage(w, r, *b.dial.Load(), nil)
	}
	answer(w, http.StatusOK, b.dial.Load())
	return nil
}

// faultsSet sets the whole dial: what a request does not name is off. Only the
// seed stays where none is given.
func (b *Bank) faultsSet(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, bodyMost)
	dial := Dial{Seed: b.dial.Load().Seed}
	form := isForm(r)
	var err error
	if form {
		dial, err = formDial(r, dial)
	} else {
		var body []byte
		if body, err = readAll(r); err == nil {
			err = readDial(body, &dial)
		}
	}
	if err == nil {
		if field := dial.check(); field != "" {
			err = refuseField(field)
		}
	}
	if form && codeOf(err) != "" && codeOf(err) != codeField { // no page sends a field that there is not
		return b.faultsPage(w, r, dial, err)
	}
	if err != nil {
		return err
	}
	if err := b.db.Write(r.Context(), func(tx *db.Tx) error { return keepDial(tx, dial) }); err != nil {
		return err
	}
	b.dial.Store(&dial)
	b.hurry()
	if form {
		http.Redirect(w, r, "/faults", http.StatusSeeOther)
		return nil
	}
	answer(w, http.StatusOK, dial)
	return nil
}

// readDial reads a program's JSON. What there is no fault for is refused, since a test
// that turned it on would pass for nothing. A share may be true, for all; a duration a
// number, of seconds.
func readDial(body []byte, dial *Dial) error {
	var fields map[string]json.RawMessage
	if err := read(body, &fields); err != nil {
		return err
	}
	into := map[string]any{"seed": &dial.Seed, "delay_by": &dial.DelayBy, "clock_jump": &dial.ClockJump, "batch": &dial.Batch, "batch_booking": &dial.Batch, "down": &dial.Down}
	for name, to := range dial.shares() {
		into[name] = to
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		to, known := into[name]
		if !known {
			return refusal{code: codeField, field: name}
		}
		value := fields[name]
		switch to.(type) {
		case *float64:
			if all, err := strconv.ParseBool(string(value)); err == nil {
				value = json.RawMessage(map[bool]string{true: "1", false: "0"}[all])
			}
		case *span:
			if _, err := strconv.ParseFloat(string(value), 64); err == nil {
				value = json.RawMessage(strconv.Quote(string(value) + "s"))
			}
		}
		if json.Unmarshal(value, to) != nil {
			return refuseField(name)
		}
	}
	return nil
}

// formDial reads the page's form. A program that sends JSON and does not say so is here
// too: it is told, and not taken for a form that turns all off.
func formDial(r *http.Request, dial Dial) (Dial, error) {
	if err := r.ParseForm(); err != nil {
		return dial, refuseField("body")
	}
	var wrong string
	shares := dial.shares()
	for _, name := range slices.Sorted(maps.Keys(r.PostForm)) {
		if _, share := shares[name]; !share && !slices.Contains([]string{"seed", "delay_by", "clock_jump", "batch", "down"}, name) {
			return dial, refusal{code: codeField, field: strings.ToValidUTF8(name[:min(len(name), 40)], "")}
		}
	}
	for name, to := range shares {
		if text := r.PostForm.Get(name); text != "" {
			var err error
			if *to, err = strconv.ParseFloat(text, 64); err != nil {
				wrong = name
			}
		}
	}
	for name, to := range map[string]*span{"delay_by": &dial.DelayBy, "clock_jump": &dial.ClockJump} {
		if text := r.PostForm.Get(name); text != "" && to.UnmarshalText([]byte(text)) != nil {
			wrong = name
		}
	}
	if text := r.PostForm.Get("seed"); text != "" {
		seed, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			wrong = "seed"
		}
		dial.Seed = seed
	}
	dial.Batch, dial.Down = r.PostForm.Get("batch") != "", r.PostForm.Get("down") != ""
	if wrong != "" {
		return dial, refuseField(wrong)
	}
	return dial, nil
}

// shares are the faults that befall a share of the payments, by their names.
func (d *Dial) shares() map[string]*float64 {
	return map[string]*float64{"drop": &d.Drop, "delay": &d.Delay, "duplicate": &d.Duplicate, "reorder": &d.Reorder, "wrong_amount": &d.WrongAmount,
		"timeout_after_debit": &d.TimeoutAfterDebit, "reversal": &d.Reversal}
}
