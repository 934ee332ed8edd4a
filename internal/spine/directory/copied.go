package directory

import (
	"balai/internal/spine/actor"
	"balai/internal/spine/db"
	"balai/internal/spine/locale"
)

// Copied gathers who is in which post from the rows of a copy as they pass by,
// before there is a database to ask. The zero value is ready.
type Copied struct {
	posts    map[string]Post
	units    map[string]Unit
	holdings []Holding
}

// Row takes a row of any table and looks at the directory's own.
func (c *Copied) Row(t db.Table, row []any) error {
	text := func(column string) string { s, _ := row[t.Place(column)].(string); return s }
	number := func(column string) int64 { n, _ := row[t.Place(column)].(int64); return n }
	if c.posts == nil {
		c.posts, c.units = map[string]Post{}, map[string]Unit{}
	}
	switch t.Name {
	case "directory_post":
		c.posts[text("id")] = Post{ID: text("id"), Unit: text("unit"), Role: text("role"),
			Title: locale.Text{MS: text("title_ms"), EN: text("title_en")}}
	case "directory_unit":
		c.units[text("id")] = Unit{ID: text("id"), Agency: text("agency"), State: text("state")}
	case "directory_holding":
		c.holdings = append(c.holdings, Holding{Post: text("post"), Person: text("person"), From: number("from_at"), Until: number("until_at")})
	}
	return nil
}

// InRole is a person as they act in a post of that role at a time.
func (c *Copied) InRole(person, role string, at int64) (actor.Actor, bool) {
	for _, h := range c.holdings {
		p := c.posts[h.Post]
		if h.Person != person || p.Role != role || h.From > at || h.Until != 0 && h.Until <= at {
			continue
		}
		u := c.units[p.Unit]
		p.Agency, p.State = u.Agency, u.State
		return ActorIn(p, person), true
	}
	return actor.Actor{}, false
}
