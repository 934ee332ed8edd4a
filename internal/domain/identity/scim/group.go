package scim

import (
	"net/http"
	"strings"

	"balai/internal/spine/actor"
	"balai/internal/spine/db"
	"balai/internal/spine/directory"
	"balai/internal/spine/web"
	"github.com/elimity-com/scim"
	scimerr "github.com/elimity-com/scim/errors"
)

// post is a post of the agency with who holds it, "" for nobody.
type post struct {
	directory.Post
	Holder, Name string
}

func (g post) attributes() map[string]any {
	out := map[string]any{"displayName": g.Title.MS}
	if g.Holder != "" {
		out["members"] = []any{map[string]any{"value": g.Holder, "display": g.Name}}
	}
	return out
}

func (g post) resource() scim.Resource {
	attributes := g.attributes()
	return scim.Resource{ID: g.ID, Attributes: attributes, Meta: scim.Meta{Version: version(attributes)}}
}

// postsOf are an agency's posts whose role is its own, by id.
func (p *Part) postsOf(tx *db.Tx, agency string) (map[string]post, error) {
	list, err := p.Directory.PostsIn(tx, agency)
	if err != nil {
		return nil, err
	}
	out := map[string]post{}
	for _, one := range list {
		if strings.HasPrefix(one.Role, agency+"/") {
			out[one.ID] = post{Post: one}
		}
	}
	holders, err := p.Directory.HoldersOfAgency(tx, agency, p.now())
	for _, h := range holders {
		if g, ok := out[h.Post.ID]; ok {
			g.Holder, g.Name = h.Person.ID, h.Person.Name
			out[h.Post.ID] = g
		}
	}
	return out, err
}

// onePost is a post of the agency's own with who holds it.
func (p *Part) onePost(tx *db.Tx, agency, id string) (out post, err error) {
	found, err := p.Directory.Post(tx, id)
	if err != nil {
		return out, err
	}
	if found.Agency != agency || !strings.HasPrefix(found.Role, agency+"/") {
		return out, nobody(id)
	}
	h, held, err := p.Directory.HolderOf(tx, id, p.now())
	if out.Post = found; held {
		out.Holder, out.Name = h.Person.ID, h.Person.Name
	}
	return out, err
}

// groups answers for posts of the agency whose key is sent. Posts are made by
// the hall's administrator; who holds one is said here.
type groups struct{ p *Part }

func (g groups) Get(r *http.Request, id string) (out scim.Resource, err error) {
	err = g.p.DB.Read(r.Context(), func(tx *db.Tx) error {
		one, err := g.p.onePost(tx, web.ActorOf(r.Context()).Agency, id)
		out = one.resource()
		return err
	})
	return out, g.p.told(err, id)
}

func (g groups) GetAll(r *http.Request, params scim.ListRequestParams) (page scim.Page, err error) {
	err = g.p.DB.Read(r.Context(), func(tx *db.Tx) error {
		all, err := g.p.postsOf(tx, web.ActorOf(r.Context()).Agency)
		var list []scim.Resource
		for _, one := range all {
			list = append(list, one.resource())
		}
		page = paged(list, params, groupSchema())
		return err
	})
	return page, g.p.told(err, "")
}

var notHere = scimerr.ScimError{Status: http.StatusNotImplemented, Detail: "Posts are made and ended by the hall's administrator."}

func (groups) Create(*http.Request, scim.ResourceAttributes) (scim.Resource, error) {
	return scim.Resource{}, notHere
}

func (groups) Delete(*http.Request, string) error { return notHere }

func (g groups) Replace(r *http.Request, id string, attributes scim.ResourceAttributes) (scim.Resource, error) {
	return g.change(r, id, func(map[string]any) (map[string]any, error) { return attributes, nil })
}

func (g groups) Patch(r *http.Request, id string, operations []scim.PatchOperation) (scim.Resource, error) {
	return g.change(r, id, func(now map[string]any) (map[string]any, error) { return apply(now, operations, groupSchema()) })
}

// change puts into a post whom next says, from now on.
func (g groups) change(r *http.Request, id string, next func(now map[string]any) (map[string]any, error)) (out scim.Resource, err error) {
	a := web.ActorOf(r.Context())
	err = g.p.DB.Write(r.Context(), func(tx *db.Tx) error {
		one, err := g.p.onePost(tx, a.Agency, id)
		if err != nil {
			return err
		}
		if err := unchanged(r, version(one.attributes())); err != nil {
			return err
		}
		attributes, err := next(one.attributes())
		if err != nil {
			return err
		}
		if err := g.p.seat(tx, a, &one, attributes); err != nil {
			return err
		}
		out = one.resource()
		return nil
	})
	return out, g.p.told(err, id)
}

// seat makes who holds a post the one member that is wanted, or nobody.
func (p *Part) seat(tx *db.Tx, a actor.Actor, one *post, attributes map[string]any) error {
	if name, _ := attributes["displayName"].(string); name != one.Title.MS {
		return refused(http.StatusBadRequest, scimerr.ScimTypeMutability, "A post's name is changed by the hall's administrator.")
	}
	members, _ := attributes["members"].([]any)
	if len(members) > 1 {
		return refused(http.StatusBadRequest, scimerr.ScimTypeInvalidValue, "A post is held by one person. Remove who holds it in the same request.")
	}
	want := ""
	if len(members) == 1 {
		m, _ := members[0].(map[string]any)
		if want, _ = m["value"].(string); want == "" {
			return scimerr.ScimErrorInvalidValue
		}
	}
	if want == one.Holder {
		return nil
	}
	if want == "" {
		err := p.Directory.LeaveTx(tx, p.Journal, a, one.Holder, one.ID)
		one.Holder, one.Name = "", ""
		return err
	}
	s, err := p.one(tx, a.Agency, want)
	if err != nil {
		return err
	}
	if s == nil {
		return refused(http.StatusBadRequest, scimerr.ScimTypeInvalidValue, "The member is nobody of this agency.")
	}
	if !s.Active {
		return refused(http.StatusBadRequest, scimerr.ScimTypeInvalidValue, "The member is not active.")
	}
	one.Holder, one.Name = s.Person, s.Who.Name
	return p.Directory.AppointTx(tx, p.Journal, a, s.Who, one.ID)
}
