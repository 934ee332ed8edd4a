package portal

import (
	"context"
	"encoding/xml"
	"fmt"
	"net/http"

	"balai/internal/spine/locale"
	"balai/internal/spine/web"
	"balai/internal/ui"
	"github.com/a-h/templ"
)

// News is one release of a service: what changed, and when.
type News struct {
	Service      string
	Title, Notes locale.Text
	Href         string
	Number       int64
	Day          string // 2006-01-02
}

// Past are the releases of every service, the newest first.
type Past interface {
	News(ctx context.Context) []News
}

// newsYear is what was new in one year.
type newsYear struct {
	Year string
	News []News
}

func byYear(all []News) (out []newsYear) {
	for _, n := range all {
		if year := n.Day[:4]; len(out) == 0 || out[len(out)-1].Year != year {
			out = append(out, newsYear{Year: year})
		}
		last := &out[len(out)-1]
		last.News = append(last.News, n)
	}
	return out
}

// archive keeps everything that was ever released in sight.
func (x *Portal) archive(w http.ResponseWriter, r *http.Request) error {
	years := byYear(x.Past.News(r.Context()))
	return say(w, r, "archive", func(p ui.Page) templ.Component { return archivePage(p, years) })
}

type atomFeed struct {
	XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
	Lang    string      `xml:"xml:lang,attr"`
	ID      string      `xml:"id"`
	Title   string      `xml:"title"`
	Updated string      `xml:"updated"`
	Author  string      `xml:"author>name"`
	Links   []atomLink  `xml:"link"`
	Entries []atomEntry `xml:"entry"`
}

type atomLink struct {
	Rel  string `xml:"rel,attr"`
	Href string `xml:"href,attr"`
}

type atomEntry struct {
	ID      string   `xml:"id"`
	Title   string   `xml:"title"`
	Updated string   `xml:"updated"`
	Link    atomLink `xml:"link"`
	Summary string   `xml:"summary,omitempty"`
}

// mostNews bounds the feed.
const mostNews = 50

// feed is what is new, for programs that follow it (RFC 4287).
func (x *Portal) feed(w http.ResponseWriter, r *http.Request) error {
	l := web.L(r.Context())
	f := atomFeed{Lang: string(l.Lang()), ID: x.BaseURL + "/archive", Title: l.T("portal.archive.title"), Author: l.Pick(ui.SiteOf(r.Context()).Name),
		Links: []atomLink{{"self", x.BaseURL + "/archive.atom"}, {"alternate", x.BaseURL + "/archive"}}, Updated: "1970-01-01T00:00:00+08:00"}
	for i, n := range x.Past.News(r.Context()) {
		at := n.Day + "T00:00:00+08:00"
		if i == 0 {
			f.Updated = at
		}
		if i == mostNews {
			break
		}
		f.Entries = append(f.Entries, atomEntry{ID: fmt.Sprintf("%s%s#%d", x.BaseURL, n.Href, n.Number), Updated: at,
			Title: l.T("portal.archive.release", "service", l.Pick(n.Title), "n", n.Number), Link: atomLink{"alternate", x.BaseURL + n.Href}, Summary: l.Pick(n.Notes)})
	}
	raw, err := xml.MarshalIndent(f, "", "  ")
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/atom+xml; charset=utf-8")
	_, err = w.Write(append([]byte(xml.Header), raw...))
	return err
}
