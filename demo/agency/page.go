package main

import (
	"html/template"
	"net"
	"net/http"
	"strconv"
	"strings"
)

// words are the page's own, in Malay and in English.
var words = map[string]both{
	"title":     {"Sistem JPJ sendiri (contoh)", "JPJ's own system (demo)"},
	"lead":      {"Kes ini disimpan di sini. Setiap perubahan diserahkan kepada portal.", "These cases are kept here. Each change is handed in to the hall."},
	"case":      {"Kes", "Case"},
	"state":     {"Status", "State"},
	"question":  {"Soalan (jika menunggu jawapan)", "Question (where you wait for an answer)"},
	"message":   {"Mesej kepada orang itu", "Message to the person"},
	"save":      {"Simpan dan serahkan", "Save and hand in"},
	"withdrawn": {"Ditarik balik oleh orang itu", "Withdrawn by the person"},
	"notices":   {"Makluman daripada portal", "Notices from the hall"},
	"from":      {"Orang itu", "The person"},
	"agency":    {"JPJ", "JPJ"},
	"other":     {"English", "Bahasa Melayu"},
}

var states = []string{"received", "checking", "waiting", "deciding", "approved", "refused", "withdrawn", "issued", "closed"}

var page = template.Must(template.New("page").Funcs(template.FuncMap{
	"pick": func(lang string, b both) string {
		if lang == "en" {
			return b.EN
		}
		return b.MS
	},
	"w": func(lang, key string) string {
		if lang == "en" {
			return words[key].EN
		}
		return words[key].MS
	},
	"states": func() []string { return states },
}).Parse(`<!doctype html><html lang="{{.Lang}}"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{w .Lang "title"}}</title><style>body{font:17px/1.5 system-ui,sans-serif;max-width:56rem;margin:0 auto;padding:1rem;color:#1b1b2f;background:#f6f7f9}
h1{font-size:1.6rem}section{background:#fff;border:1px solid #d5d8de;border-radius:6px;padding:1rem;margin:1rem 0}h2{font-size:1.15rem;margin:0}
label{display:block;margin:.7rem 0 .2rem;font-weight:600}input,select,textarea{font:inherit;width:100%;box-sizing:border-box;padding:.4rem;border:1px solid #555}
button{font:inherit;margin-top:.8rem;padding:.5rem 1rem;background:#0b5a3c;color:#fff;border:0;border-radius:4px}.q{color:#555}p{overflow-wrap:anywhere}
blockquote{margin:.5rem 0;padding-left:.8rem;border-left:4px solid #c9ccd3}blockquote.p{border-color:#d99a1c}</style>
<main><p><a href="/?lang={{if eq .Lang "ms"}}en{{else}}ms{{end}}">{{w .Lang "other"}}</a></p>
<h1>{{w .Lang "title"}}</h1><p>{{w .Lang "lead"}} <a href="{{.Hall}}">{{.Hall}}</a></p>{{$l := .Lang}}
{{range .Notices}}<p>{{w $l "notices"}}: {{.}}</p>{{end}}
{{range .Cases}}{{$c := .}}<section><h2>{{pick $l .Title}}</h2><p class="q">{{.Ref}} · {{.Name}}{{if .Withdrawn}} · <strong>{{w $l "withdrawn"}}</strong>{{end}}</p>
{{range .Messages}}{{if .Text.MS}}<blockquote{{if not .Mine}} class="p"{{end}}><strong>{{if .Mine}}{{w $l "agency"}}{{else}}{{w $l "from"}}{{end}}:</strong> {{pick $l .Text}}</blockquote>{{end}}{{end}}
<form method="post" action="/case?lang={{$l}}"><input type="hidden" name="ref" value="{{.Ref}}">
<label for="s{{.Ref}}">{{w $l "state"}}</label><select id="s{{.Ref}}" name="state">{{range states}}<option{{if eq . $c.State}} selected{{end}}>{{.}}</option>{{end}}</select>
<label for="q{{.Ref}}">{{w $l "question"}}</label><input id="q{{.Ref}}" name="question" value="{{pick $l .Question}}" maxlength="500">
<label for="m{{.Ref}}">{{w $l "message"}}</label><textarea id="m{{.Ref}}" name="message" rows="2" maxlength="2000"></textarea>
<button>{{w $l "save"}}</button></form></section>{{end}}</main></html>`))

// handler is the officer's page, its one form, and the hall's way in.
func (a *agency) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", a.show)
	mux.HandleFunc("POST /case", a.save)
	guarded := http.NewCrossOriginProtection().Handler(mux)
	all := http.NewServeMux()
	all.Handle("/", guarded)
	all.HandleFunc("POST /hook", a.hook)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !thisMachine(r.Host) { // another site's name that leads here would be that site's own page
			http.Error(w, "this is not the name of this system", http.StatusMisdirectedRequest)
			return
		}
		all.ServeHTTP(w, r)
	})
}

// thisMachine tells whether a host, with its port, names this machine.
func thisMachine(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	ip := net.ParseIP(strings.Trim(host, "[]"))
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func lang(r *http.Request) string {
	if r.URL.Query().Get("lang") == "en" {
		return "en"
	}
	return "ms"
}

func (a *agency) show(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
	_ = page.Execute(w, map[string]any{"Lang": lang(r), "Hall": a.hall.BaseURL, "Cases": a.book.list(), "Notices": a.book.notices()}) // the browser may be gone
}

// save changes a case here, and hands it in.
func (a *agency) save(w http.ResponseWriter, r *http.Request) {
	state, question, text := r.PostFormValue("state"), strings.TrimSpace(r.PostFormValue("question")), strings.TrimSpace(r.PostFormValue("message"))
	c, err := a.book.change(r.PostFormValue("ref"), func(c *record) {
		if q := (both{question, question}); question != c.Question.MS && question != c.Question.EN {
			c.Question = q
		}
		if state != c.State {
			c.Status = both{}
		}
		c.State = state
		c.Version++
		if text != "" {
			c.Messages = append(c.Messages, message{ID: "m" + strconv.FormatInt(c.Version, 10), Text: both{text, text}, Mine: true})
		}
	})
	if err == nil {
		err = a.handIn(c)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	http.Redirect(w, r, "/?lang="+lang(r), http.StatusSeeOther)
}
