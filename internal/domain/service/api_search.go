package service

import (
	"context"
	"strconv"
	"unicode/utf8"

	"balai/internal/spine/fault"
	"balai/internal/spine/locale"
	"balai/internal/spine/search"
	"balai/internal/spine/web"
)

// Finder answers what people ask for in their own words.
type Finder interface {
	Find(ctx context.Context, q search.Query) search.Result
}

// kinds of what the finder knows and this part can show.
const (
	kindService = "service"
	kindListing = "listing"
)

// Limits of a list.
const (
	listMost    = 100
	listDefault = 20
)

type servicesIn struct {
	Q     string `query:"q" doc:"What somebody looks for, in Malay or English, at most 200 characters; the best match comes first"`
	Lang  string `query:"lang" doc:"ms or en: the language of messages, and a small preference"`
	Limit string `query:"limit" doc:"1 to 100; with q the default is 20, without q all are listed"`
}

type servicesOut struct {
	Services []ServiceOut `json:"services"`
	Total    *int         `json:"total,omitempty" doc:"How many match, beyond the limit too; given with q or limit"`
	Meant    string       `json:"did_you_mean,omitempty" doc:"The question as it was understood, where a word was corrected"`
}

// apiServices lists the services in force; with q those that answer it, with
// those that are not online here among them.
func (p *Part) apiServices(ctx context.Context, in *servicesIn) (*body[servicesOut], error) {
	limit, err := in.check()
	if err != nil {
		return nil, err
	}
	out := servicesOut{Services: []ServiceOut{}}
	q := search.Clean(in.Q)
	if q == "" {
		all := p.Services()
		if total := len(all); in.Limit != "" {
			out.Total = &total
			all = all[:min(limit, total)]
		}
		for _, r := range all {
			out.Services = append(out.Services, outOf(r))
		}
		return ok(out), nil
	}
	if limit == 0 {
		limit = listDefault
	}
	lang := web.L(ctx).Lang()
	if l, known := locale.ParseLang(in.Lang); known {
		lang = l
	}
	found := p.Finder.Find(ctx, search.Query{Text: q, Lang: lang, Limit: limit, Kinds: []string{kindService, kindListing}})
	out.Total, out.Meant = &found.Total, found.Meant
	for _, hit := range found.Hits {
		if s, ok := p.found(hit); ok {
			out.Services = append(out.Services, s)
		}
	}
	return ok(out), nil
}

// check reads the limit, 0 where none was asked for, and refuses what cannot
// be meant.
func (in *servicesIn) check() (int, error) {
	var bad []fault.Field
	limit := 0
	if in.Limit != "" {
		n, err := strconv.Atoi(in.Limit)
		if err != nil || n < 1 || n > listMost {
			bad = append(bad, fault.Field{Location: "query.limit", Key: "service.error.search_limit", Args: []any{"most", listMost}})
		}
		limit = n
	}
	if _, known := locale.ParseLang(in.Lang); in.Lang != "" && !known {
		bad = append(bad, fault.Field{Location: "query.lang", Key: "service.error.search_lang"})
	}
	if utf8.RuneCountInString(in.Q) > search.MaxQuery {
		bad = append(bad, fault.Field{Location: "query.q", Key: "service.error.search_long", Args: []any{"most", search.MaxQuery}})
	}
	if len(bad) > 0 {
		return 0, fault.New(fault.Invalid, "service.error.search").With(bad...)
	}
	return limit, nil
}

// found is a hit as the list shows it.
func (p *Part) found(hit search.Hit) (ServiceOut, bool) {
	if hit.Kind == kindService {
		r, err := p.Current(hit.ID)
		if err != nil {
			return ServiceOut{}, false
		}
		return outOf(r), true
	}
	p.book.mu.RLock()
	defer p.book.mu.RUnlock()
	l, ok := p.book.shared.Listing(hit.ID)
	if !ok {
		return ServiceOut{}, false
	}
	out := ServiceOut{ID: l.ID, Agency: l.Agency, Service: l.Slug, Title: l.Title, Summary: l.Summary, Phase: "listed",
		Channel: "agency", LifeEvents: []string{}, URL: l.Href()}
	for _, e := range p.book.events {
		for _, s := range e.Services {
			if s.Service == l.ID {
				out.LifeEvents = append(out.LifeEvents, e.Slug)
			}
		}
	}
	return out, true
}
