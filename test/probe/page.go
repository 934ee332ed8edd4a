package main

import (
	"bytes"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/html"
)

// page is one answer, as far as the criteria look at it.
type page struct {
	path, lang string
	status     int
	took       time.Duration
	bytes      int
	kind       string // Content-Type
	html       bool

	declared string // lang of the document
	title    string
	viewport bool
	headings int // h1
	skip     bool
	search   bool
	images   int // without alt
	fields   int // without a label
	links    []string
	text     string // what is read, in one line
}

// read takes an answer apart.
func (p *page) read(body []byte) error {
	p.bytes = len(body)
	if p.html = strings.HasPrefix(p.kind, "text/html"); !p.html {
		p.text = string(body[:min(len(body), 1<<16)])
		return nil
	}
	doc, err := html.Parse(bytes.NewReader(body))
	if err != nil {
		return err
	}
	labels := map[string]bool{}
	var words []string
	for n := range doc.Descendants() {
		switch {
		case n.Type == html.TextNode && !within(n, "script", "style"):
			if t := strings.TrimSpace(n.Data); t != "" {
				words = append(words, t)
			}
		case n.Type == html.ElementNode:
			p.element(n, labels)
		}
	}
	p.text = strings.Join(strings.Fields(strings.Join(words, " ")), " ")
	for n := range doc.Descendants() {
		if n.Type == html.ElementNode && field(n) && !labels[attr(n, "id")] && attr(n, "aria-label") == "" && attr(n, "aria-labelledby") == "" && !within(n, "label") {
			p.fields++
		}
	}
	return nil
}

func (p *page) element(n *html.Node, labels map[string]bool) {
	switch n.Data {
	case "html":
		p.declared = attr(n, "lang")
	case "title":
		if !within(n, "svg") && n.FirstChild != nil {
			p.title = n.FirstChild.Data
		}
	case "meta":
		p.viewport = p.viewport || attr(n, "name") == "viewport" && strings.Contains(attr(n, "content"), "width=device-width")
	case "h1":
		p.headings++
	case "img":
		if !has(n, "alt") {
			p.images++
		}
	case "label":
		labels[attr(n, "for")] = true
	case "form":
		p.search = p.search || attr(n, "action") == "/search"
	case "a":
		href := attr(n, "href")
		p.skip = p.skip || strings.HasPrefix(href, "#main")
		if has(n, "href") {
			p.links = append(p.links, href)
		}
	case "link":
		if rel := attr(n, "rel"); rel == "stylesheet" || rel == "icon" {
			p.links = append(p.links, attr(n, "href"))
		}
	case "script":
		if src := attr(n, "src"); src != "" {
			p.links = append(p.links, src)
		}
	}
}

// field tells whether a person types or chooses there.
func field(n *html.Node) bool {
	switch n.Data {
	case "textarea", "select":
		return true
	case "input":
		return !slices.Contains([]string{"hidden", "submit", "button", "image", "reset"}, attr(n, "type"))
	}
	return false
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, name string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
}

func within(n *html.Node, names ...string) bool {
	for p := n.Parent; p != nil; p = p.Parent {
		if p.Type == html.ElementNode && slices.Contains(names, p.Data) {
			return true
		}
	}
	return false
}
