package scim

import (
	"net/http"
	"net/mail"
	"slices"
	"strings"
	"time"

	"balai/internal/spine/actor"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/directory"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
	"balai/internal/spine/web"
	"github.com/elimity-com/scim"
	scimerr "github.com/elimity-com/scim/errors"
	"github.com/elimity-com/scim/optional"
)

func either(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// attributes are somebody as the protocol says it.
func (s *staff) attributes() map[string]any {
	out := map[string]any{"userName": s.UserName, "displayName": s.Who.Name, "name": map[string]any{"formatted": s.Who.Name}, "active": s.Active}
	if s.Who.Mail != "" {
		out["emails"] = []any{map[string]any{"value": s.Who.Mail, "type": "work", "primary": true}}
	}
	if len(s.Posts) > 0 {
		list := make([]any, len(s.Posts))
		for i, post := range s.Posts {
			list[i] = map[string]any{"value": post.ID, "display": post.Title.MS}
		}
		out["groups"] = list
	}
	if s.External != "" {
		out["externalId"] = s.External
	}
	return out
}

func (s *staff) resource() scim.Resource {
	attributes := s.attributes()
	r := scim.Resource{ID: s.Person, Attributes: attributes, Meta: scim.Meta{Version: version(attributes)}}
	if s.External != "" {
		r.ExternalID = optional.NewString(s.External)
	}
	if s.Known {
		made, changed := when(s.MadeAt), when(s.ChangedAt)
		r.Meta.Created, r.Meta.LastModified = made, changed
	}
	return r
}

func when(at int64) *time.Time {
	t := clock.FromMicro(at)
	return &t
}

// wanted is what a request says that somebody shall be.
type wanted struct {
	UserName, Name, Mail, External string
	Active                         bool
}

// wantedOf reads attributes that the schema has let through. Name parts are one
// name here: people write it as one. Of the ways in which a name is said, that
// counts which says another than now.
func wantedOf(a map[string]any, now string) (w wanted, err error) {
	text := func(v any) string { s, _ := v.(string); return strings.Join(strings.Fields(s), " ") }
	w.UserName, w.External, w.Active = text(a["userName"]), text(a["externalId"]), true
	if active, is := a["active"].(bool); is {
		w.Active = active
	}
	name, _ := a["name"].(map[string]any)
	parts := "" // half a name is none
	if given, family := text(name["givenName"]), text(name["familyName"]); now == "" || given != "" && family != "" {
		parts = strings.TrimSpace(given + " " + family)
	}
	for _, said := range []string{text(name["formatted"]), text(a["displayName"]), parts} {
		if w.Name == "" || w.Name == now {
			w.Name = either(said, w.Name)
		}
	}
	list, _ := a["emails"].([]any)
	for _, one := range list {
		m, _ := one.(map[string]any)
		if primary, _ := m["primary"].(bool); w.Mail == "" || primary {
			w.Mail = text(m["value"])
		}
	}
	if w.UserName == "" || len(w.UserName) > 200 || len(w.External) > 200 || len([]rune(w.Name)) > 200 || strings.ContainsAny(w.Name, "<>") {
		return w, scimerr.ScimErrorInvalidValue
	}
	if parsed, bad := mail.ParseAddress(w.Mail); w.Mail != "" && (bad != nil || parsed.Address != w.Mail) {
		return w, scimerr.ScimErrorInvalidValue
	}
	w.Name = either(w.Name, w.UserName)
	return w, nil
}

// users answers for people of the agency whose key is sent.
type users struct{ p *Part }

func (u users) Get(r *http.Request, id string) (out scim.Resource, err error) {
	err = u.p.DB.Read(r.Context(), func(tx *db.Tx) error {
		s, err := u.p.one(tx, web.ActorOf(r.Context()).Agency, id)
		if err != nil {
			return err
		}
		if s == nil {
			return nobody(id)
		}
		out = s.resource()
		return nil
	})
	return out, u.p.told(err, id)
}

func (u users) GetAll(r *http.Request, params scim.ListRequestParams) (page scim.Page, err error) {
	err = u.p.DB.Read(r.Context(), func(tx *db.Tx) error {
		found, err := u.p.found(tx, web.ActorOf(r.Context()).Agency, params)
		if err != nil {
			return err
		}
		var list []scim.Resource
		for _, s := range found {
			list = append(list, s.resource())
		}
		page = paged(list, params, userSchema())
		return nil
	})
	return page, u.p.told(err, "")
}

// Create makes somebody new: it never takes up a person who is there already,
// or an agency would reach another's people by guessing an id.
func (u users) Create(r *http.Request, attributes scim.ResourceAttributes) (out scim.Resource, err error) {
	w, err := wantedOf(attributes, "")
	if err != nil {
		return out, err
	}
	id := u.p.IDs.New()
	a := web.ActorOf(r.Context())
	err = u.p.DB.Write(r.Context(), func(tx *db.Tx) error {
		s := &staff{entry: entry{Agency: a.Agency, Person: id, Active: true, MadeAt: u.p.now()}}
		if err := u.p.keep(tx, a, s, w); err != nil {
			return err
		}
		out = s.resource()
		return nil
	})
	return out, u.p.told(err, id)
}

func (u users) Replace(r *http.Request, id string, attributes scim.ResourceAttributes) (scim.Resource, error) {
	return u.change(r, id, func(map[string]any) (map[string]any, error) { return attributes, nil })
}

func (u users) Patch(r *http.Request, id string, operations []scim.PatchOperation) (scim.Resource, error) {
	return u.change(r, id, func(now map[string]any) (map[string]any, error) { return apply(now, operations, userSchema()) })
}

// change makes somebody what next says that they shall be.
func (u users) change(r *http.Request, id string, next func(now map[string]any) (map[string]any, error)) (out scim.Resource, err error) {
	a := web.ActorOf(r.Context())
	err = u.p.DB.Write(r.Context(), func(tx *db.Tx) error {
		s, err := u.own(tx, r, id)
		if err != nil {
			return err
		}
		attributes, err := next(s.attributes())
		if err != nil {
			return err
		}
		w, err := wantedOf(attributes, s.Who.Name)
		if err != nil {
			return err
		}
		if err := u.p.keep(tx, a, s, w); err != nil {
			return err
		}
		out = s.resource()
		return nil
	})
	return out, u.p.told(err, id)
}

// own is one of the agency's people, as the request knows them.
func (u users) own(tx *db.Tx, r *http.Request, id string) (*staff, error) {
	s, err := u.p.one(tx, web.ActorOf(r.Context()).Agency, id)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return nil, nobody(id)
	}
	return s, unchanged(r, version(s.attributes()))
}

// Delete takes somebody out of the agency's directory: they leave, and what
// they did stays on record.
func (u users) Delete(r *http.Request, id string) error {
	a := web.ActorOf(r.Context())
	return u.p.told(u.p.DB.Write(r.Context(), func(tx *db.Tx) error {
		s, err := u.own(tx, r, id)
		if err != nil {
			return err
		}
		if err := u.p.leaves(tx, a, s); err != nil {
			return err
		}
		s.Active, s.ChangedAt, s.GoneAt, s.MadeAt = false, u.p.now(), u.p.now(), max(s.MadeAt, 1)
		s.folded = strings.ToLower(s.UserName)
		return keepEntry(tx, s.entry)
	}), id)
}

// keep writes what somebody shall be, and who they are now into s.
func (p *Part) keep(tx *db.Tx, a actor.Actor, s *staff, w wanted) error {
	folded := strings.ToLower(w.UserName)
	same, err := p.called(tx, a.Agency, w.UserName)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(same, func(other *staff) bool { return other.Person != s.Person }) {
		return scimerr.ScimErrorUniqueness
	}
	fresh := s.Who.ID == ""
	if fresh || s.Who.Name != w.Name || s.Who.Mail != w.Mail {
		if err := p.rename(tx, s, w); err != nil {
			return err
		}
	}
	left := s.Active && !w.Active
	s.UserName, s.folded, s.External, s.Active, s.ChangedAt = w.UserName, folded, w.External, w.Active, p.now()
	if s.MadeAt == 0 {
		s.MadeAt = p.now()
	}
	s.Known = true
	if err := keepEntry(tx, s.entry); err != nil {
		return err
	}
	if left {
		return p.leaves(tx, a, s)
	}
	kind, why := "scim.changed", locale.Text{MS: "Butiran kakitangan dikemas kini oleh agensi", EN: "The agency's directory changed what it says of you"}
	if fresh {
		kind, why = "scim.made", locale.Text{MS: "Anda ditambah sebagai kakitangan oleh agensi", EN: "The agency's directory added you to its staff"}
	}
	_, err = p.Journal.Append(tx, journal.Record{Kind: kind, By: journal.ByActor(a), Subjects: []string{s.Person}, Why: why})
	return err
}

// rename writes a name and an address. They are one for all agencies, so that
// who works for another as well keeps them as they are.
func (p *Part) rename(tx *db.Tx, s *staff, w wanted) error {
	posts, err := p.Directory.HeldBy(tx, s.Person, p.now())
	if err != nil {
		return err
	}
	if slices.ContainsFunc(posts, func(post directory.Post) bool { return post.Agency != s.Agency }) {
		return refused(http.StatusForbidden, "", "This person holds a post in another agency as well; the hall's administrator changes their name and address.")
	}
	s.Who = directory.Person{ID: s.Person, Name: w.Name, Mail: w.Mail}
	return p.Directory.LoadTx(tx, directory.Set{People: []directory.Person{s.Who}})
}

// leaves ends, in the one transaction, what somebody could do: their posts in
// the agency, every session, every token. Who works only elsewhere by now is
// that agency's to sign out.
func (p *Part) leaves(tx *db.Tx, a actor.Actor, s *staff) error {
	posts, err := p.Directory.HeldBy(tx, s.Person, p.now())
	if err != nil {
		return err
	}
	elsewhere := len(posts) > 0 && len(s.Posts) == 0
	for _, post := range s.Posts {
		if err := p.Directory.LeaveTx(tx, p.Journal, a, s.Person, post.ID); err != nil {
			return err
		}
	}
	s.Posts = nil
	if !elsewhere {
		if err := p.Sessions.EndAllTx(tx, s.Person); err != nil {
			return err
		}
	}
	if p.Tokens != nil && !elsewhere {
		if err := p.Tokens.EndTx(tx, s.Person); err != nil {
			return err
		}
	}
	_, err = p.Journal.Append(tx, journal.Record{Kind: "scim.left", By: journal.ByActor(a), Subjects: []string{s.Person}, Why: locale.Text{
		MS: "Agensi menyatakan anda tidak lagi bekerja di situ; semua sesi ditamatkan", EN: "The agency said that you no longer work there; every session was ended"}})
	return err
}
