package scim

import (
	"maps"
	"slices"
	"strings"

	"balai/internal/spine/db"
	"github.com/elimity-com/scim"
	"github.com/elimity-com/scim/filter"
	"github.com/elimity-com/scim/schema"
	parser "github.com/scim2/filter-parser/v2"
)

// paged is one page of what passes a filter, in the order of ids.
func paged(list []scim.Resource, params scim.ListRequestParams, s schema.Schema) scim.Page {
	passes := []scim.Resource{}
	for _, r := range list {
		seen := map[string]any{"id": r.ID}
		for k, v := range r.Attributes {
			seen[k] = v
		}
		if params.FilterValidator == nil || meets(seen, params.FilterValidator.GetFilter(), s) {
			passes = append(passes, r)
		}
	}
	slices.SortFunc(passes, func(a, b scim.Resource) int { return strings.Compare(a.ID, b.ID) })
	from := min(params.StartIndex-1, len(passes))
	return scim.Page{TotalResults: len(passes), Resources: passes[from:min(from+params.Count, len(passes))]}
}

// found are those of an agency's people among whom a filter's answers are: a
// directory asks by one name or number before it makes somebody, and that is
// looked up. Any other filter goes through all.
func (p *Part) found(tx *db.Tx, agency string, params scim.ListRequestParams) ([]*staff, error) {
	any := func(*staff) bool { return true }
	if params.FilterValidator != nil {
		if name, value, ok := asksFor(params.FilterValidator.GetFilter()); ok {
			switch name {
			case "username":
				return p.called(tx, agency, value)
			case "externalid":
				ids, err := entriesNumbered(tx, agency, value)
				if err != nil {
					return nil, err
				}
				return p.some(tx, agency, ids, any)
			case "id":
				return p.some(tx, agency, []string{value}, any)
			}
		}
	}
	all, err := p.staffOf(tx, agency)
	return slices.Collect(maps.Values(all)), err
}

// asksFor is the attribute, in small letters, and the text that a filter of the
// form `name eq "text"` names.
func asksFor(f parser.Expression) (name, value string, ok bool) {
	e, is := f.(*parser.AttributeExpression)
	if !is || e.Operator != parser.EQ || e.AttributePath.SubAttribute != nil {
		return "", "", false
	}
	value, ok = e.CompareValue.(string)
	return strings.ToLower(e.AttributePath.AttributeName), value, ok
}

// meets tells whether a resource passes a filter that fits its schema.
func meets(resource map[string]any, f parser.Expression, s schema.Schema) bool {
	s.Attributes = append(slices.Clone(s.Attributes), schema.CommonAttributes()...)
	return filter.NewFilterValidator(spread(f, s), s).PassesFilter(resource) == nil
}

// spread writes a filter on a part of values in a list, emails.value, as one on
// each of them, emails[value]: the library knows the latter only, and the two
// are the same (RFC 7644, section 3.4.2.2).
func spread(f parser.Expression, s schema.Schema) parser.Expression {
	switch e := f.(type) {
	case *parser.LogicalExpression:
		return &parser.LogicalExpression{Left: spread(e.Left, s), Right: spread(e.Right, s), Operator: e.Operator}
	case *parser.NotExpression:
		return &parser.NotExpression{Expression: spread(e.Expression, s)}
	case *parser.AttributeExpression:
		path := e.AttributePath
		attr, ok := attribute(s.Attributes, path.AttributeName)
		if !ok || !attr.MultiValued() || path.SubAttribute == nil {
			return f
		}
		one := *e
		one.AttributePath = parser.AttributePath{AttributeName: *path.SubAttribute}
		path.SubAttribute = nil
		return &parser.ValuePath{AttributePath: path, ValueFilter: &one}
	}
	return f
}
