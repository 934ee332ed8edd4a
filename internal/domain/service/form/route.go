package form

import (
	"errors"
	"fmt"
)

// Guard says whether an expression holds for the answers reached so far.
// It returns ErrUnknown (wrapped or not) while it cannot tell.
type Guard interface {
	Holds(when string, reached map[string]any) (bool, error)
}

// Walk is the way that a set of answers takes through a form.
type Walk struct {
	Pages    []string       // reached, in order; Review last when the route is known to its end
	Reached  map[string]any // the answers of reached pages: the only ones that count
	Missing  []string       // required fields of reached pages without an answer
	Current  string         // the first reached page that lacks an answer, else the last of Pages
	Complete bool           // the route ends at Review and nothing is missing
}

// Route walks the form. Answers are typed as Check leaves them; files counts
// the uploaded files of each evidence. The walk stops where an arrow cannot
// be decided yet. An answer of a page that is not reached is not seen by any
// expression.
func (f *Form) Route(g Guard, answers map[string]any, files map[string]int) (Walk, error) {
	w := Walk{Reached: map[string]any{}}
	if len(f.Pages) == 0 {
		return w, errors.New("form: no pages")
	}
	at := f.Pages[0].ID
	for range len(f.Pages) + 1 {
		w.Pages = append(w.Pages, at)
		if at == Review {
			w.Complete = len(w.Missing) == 0
			break
		}
		p, ok := f.Page(at)
		if !ok {
			return w, fmt.Errorf("form: no page %q", at)
		}
		lacks := w.take(p, answers, files)
		if lacks && w.Current == "" {
			w.Current = at
		}
		next, err := f.next(g, p, w.Reached)
		if errors.Is(err, ErrUnknown) {
			break
		}
		if err != nil {
			return w, fmt.Errorf("form: page %s: %w", at, err)
		}
		at = next
	}
	if w.Current == "" {
		w.Current = w.Pages[len(w.Pages)-1]
	}
	return w, nil
}

func (w *Walk) take(p *Page, answers map[string]any, files map[string]int) (lacks bool) {
	for _, field := range p.Fields {
		has := false
		if field.Type == TypeFile {
			has = files[field.ID] > 0
		} else if v, ok := answers[field.ID]; ok && v != nil {
			w.Reached[field.ID] = v
			has = true
		}
		if field.Required && !has {
			w.Missing = append(w.Missing, field.ID)
			lacks = true
		}
	}
	return lacks
}

func (f *Form) next(g Guard, p *Page, reached map[string]any) (string, error) {
	for _, n := range p.Next {
		if n.When == "" {
			return n.Page, nil
		}
		ok, err := g.Holds(n.When, reached)
		if err != nil {
			return "", err
		}
		if ok {
			return n.Page, nil
		}
	}
	return f.After(p.ID), nil
}

// After is the page that stands below in form.yaml, Review below the last.
func (f *Form) After(id string) string {
	for i := range f.Pages {
		if f.Pages[i].ID == id && i+1 < len(f.Pages) {
			return f.Pages[i+1].ID
		}
	}
	return Review
}
