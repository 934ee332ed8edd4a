package scim

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	"balai/internal/spine/actor"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/directory"
	"balai/internal/spine/fault"
	"balai/internal/spine/id"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
	"github.com/elimity-com/scim"
	scimerr "github.com/elimity-com/scim/errors"
	"github.com/elimity-com/scim/optional"
	"github.com/elimity-com/scim/schema"
)

// role is what policies call an agency's directory of staff.
const role = "scim"

// maxResults bounds one page of a list.
const maxResults = 200

// Journal is the public record as this part needs it.
type Journal interface {
	Append(tx *db.Tx, r journal.Record) (leaf string, err error)
}

// Sessions are who is signed in.
type Sessions interface {
	EndAllTx(tx *db.Tx, person string) error
}

// Tokens are what an OpenID provider gave on a person's behalf.
type Tokens interface {
	EndTx(tx *db.Tx, person string) error
}

// Deps is what the part stands on.
type Deps struct {
	DB        *db.DB
	Clock     clock.Clock
	IDs       *id.Source
	Directory *directory.Directory
	Sessions  Sessions
	Journal   Journal
	Tokens    Tokens // nil where there are none
	Log       *slog.Logger
	BaseURL   *url.URL
}

// Part is the part.
type Part struct {
	Deps
	server scim.Server
}

// New makes the part.
func New(d Deps) (*Part, error) {
	p := &Part{Deps: d}
	// Some directories write "True" for true (RFC 7643 does not).
	schema.SetAllowStringValues(true)
	var err error
	p.server, err = scim.NewServer(&scim.ServerArgs{ServiceProviderConfig: &scim.ServiceProviderConfig{MaxResults: maxResults, SupportFiltering: true, SupportPatch: true},
		ResourceTypes: []scim.ResourceType{
			{ID: optional.NewString("User"), Name: "User", Endpoint: "/Users", Description: optional.NewString("Somebody of the agency's staff"),
				Schema: userSchema(), Handler: users{p}},
			{ID: optional.NewString("Group"), Name: "Group", Endpoint: "/Groups", Description: optional.NewString("A post of the agency, held by one person"),
				Schema: groupSchema(), Handler: groups{p}},
		}}, scim.WithBaseURL(strings.TrimRight(d.BaseURL.String(), "/")+"/scim/v2"))
	return p, err
}

func (p *Part) now() int64 { return clock.Micro(p.Clock.Now()) }

// only keeps of a schema's attributes those that are held here.
func only(s schema.Schema, names ...string) schema.Schema {
	var kept schema.Attributes
	for _, a := range s.Attributes {
		for _, n := range names {
			if a.Name() == n {
				kept = append(kept, a)
			}
		}
	}
	s.Attributes = kept
	return s
}

func userSchema() schema.Schema {
	return only(schema.CoreUserSchema(), "userName", "name", "displayName", "active", "emails", "groups")
}

func groupSchema() schema.Schema { return only(schema.CoreGroupSchema(), "displayName", "members") }

// by is an agency's directory of staff as the journal names it.
func by(k Key) actor.Actor {
	return actor.Actor{Person: "scim:" + k.ID, Post: role, Role: role, Agency: k.Agency,
		Title: locale.Text{MS: "Direktori kakitangan agensi", EN: "The agency's directory of staff"}}
}

// version is a resource's weak entity tag: what it says is what it is of.
func version(attributes map[string]any) string {
	b, err := json.Marshal(attributes) // keys in order
	if err != nil {
		panic("scim: " + err.Error()) // text, truths and lists of them
	}
	sum := sha256.Sum256(b)
	return `W/"` + hex.EncodeToString(sum[:8]) + `"`
}

// unchanged refuses a request that was made for another state of a resource.
func unchanged(r *http.Request, version string) error {
	want := r.Header.Get("If-Match")
	if want == "" || want == "*" || want == version {
		return nil
	}
	return scimerr.ScimError{Status: http.StatusPreconditionFailed, Detail: "The resource has changed since it was read."}
}

func refused(status int, kind scimerr.ScimType, detail string) error {
	return scimerr.ScimError{Status: status, ScimType: kind, Detail: detail}
}

func nobody(id string) error { return scimerr.ScimErrorResourceNotFound(id) }

// told is an error as a program is told it: what is no refusal stays in the log.
func (p *Part) told(err error, id string) error {
	if err == nil {
		return nil
	}
	if e, ok := scimError(err); ok {
		return e
	}
	if db.IsUnique(err) {
		return scimerr.ScimErrorUniqueness
	}
	switch fault.CodeOf(err) {
	case fault.Missing:
		return nobody(id)
	case fault.Conflict:
		return refused(http.StatusConflict, "", "It has changed meanwhile; read it again.")
	}
	p.Log.Error("scim", "error", err)
	return scimerr.ScimErrorInternal
}
