package portal

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"slices"

	"balai/internal/spine/locale"
)

type sitemapURL struct {
	Loc   string        `xml:"loc"`
	Links []sitemapLink `xml:"xhtml:link"`
}

type sitemapLink struct {
	Rel  string `xml:"rel,attr"`
	Lang string `xml:"hreflang,attr"`
	Href string `xml:"href,attr"`
}

type sitemapSet struct {
	XMLName xml.Name     `xml:"urlset"`
	NS      string       `xml:"xmlns,attr"`
	XHTML   string       `xml:"xmlns:xhtml,attr"`
	URLs    []sitemapURL `xml:"url"`
}

// public are the addresses that anybody may find by searching.
func (x *Portal) public() []string {
	paths := []string{"/", "/services", "/agencies", "/about", "/deadline", "/accessibility", "/privacy", "/journal", "/api", "/verify",
		"/faq", "/contact", "/security", "/terms", "/statistics", "/archive", "/sitemap", "/report", "/feedback"}
	for _, e := range x.Shelf.LifeEvents() {
		paths = append(paths, e.Href())
	}
	for _, s := range x.Shelf.Services() {
		paths = append(paths, s.Href())
	}
	for _, s := range x.Shelf.Listings() {
		paths = append(paths, s.Href())
	}
	for _, a := range x.Shelf.Agencies() {
		paths = append(paths, a.Href())
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}

func (x *Portal) sitemap(w http.ResponseWriter, _ *http.Request) error {
	set := sitemapSet{NS: "http://www.sitemaps.org/schemas/sitemap/0.9", XHTML: "http://www.w3.org/1999/xhtml"}
	for _, path := range x.public() {
		u := sitemapURL{Loc: x.BaseURL + path}
		for _, l := range locale.Langs {
			u.Links = append(u.Links, sitemapLink{"alternate", string(l), x.BaseURL + path + "?lang=" + string(l)})
		}
		set.URLs = append(set.URLs, u)
	}
	raw, err := xml.MarshalIndent(set, "", "  ")
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/xml; charset=utf-8")
	_, err = w.Write(append([]byte(xml.Header), raw...))
	return err
}

// robots keeps crawlers out of personal pages, and out of a demo country
// altogether: its people are invented and must not be found as if they lived.
func (x *Portal) robots(w http.ResponseWriter, _ *http.Request) error {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	if x.Demo {
		_, err := fmt.Fprint(w, "User-agent: *\nDisallow: /\n")
		return err
	}
	_, err := fmt.Fprintf(w, "User-agent: *\nDisallow: /me\nDisallow: /case/\nDisallow: /desk\nDisallow: /sign-in\nSitemap: %s/sitemap.xml\n", x.BaseURL)
	return err
}
