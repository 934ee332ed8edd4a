package scim

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/elimity-com/scim"
	scimerr "github.com/elimity-com/scim/errors"
	"github.com/elimity-com/scim/filter"
	"github.com/elimity-com/scim/schema"
	parser "github.com/scim2/filter-parser/v2"
)

// apply is a resource's attributes after the operations of a PATCH (RFC 7644,
// section 3.5.2), all of them or none. now is not changed.
func apply(now map[string]any, operations []scim.PatchOperation, s schema.Schema) (map[string]any, error) {
	out := clone(now)
	for _, op := range operations {
		var err error
		switch {
		case op.Path == nil && op.Op == scim.PatchOperationRemove:
			return nil, scimerr.ScimErrorNoTarget
		case op.Path == nil:
			err = applyAll(out, op, s)
		default:
			err = applyAt(out, op, *op.Path, s)
		}
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// clone copies a resource as deep as it goes.
func clone(m map[string]any) map[string]any {
	out := make(map[string]any, len(m))
	for k, v := range m {
		out[k] = cloneValue(v)
	}
	return out
}

func cloneValue(v any) any {
	switch v := v.(type) {
	case map[string]any:
		return clone(v)
	case []any:
		list := make([]any, len(v))
		for i, one := range v {
			list[i] = cloneValue(one)
		}
		return list
	}
	return v
}

// applyAll is an operation without a path: its value names the attributes, in
// their own order so that the outcome is one.
func applyAll(out map[string]any, op scim.PatchOperation, s schema.Schema) error {
	values, ok := op.Value.(map[string]any)
	if !ok {
		return scimerr.ScimErrorInvalidValue
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		path, err := parser.ParsePath([]byte(name))
		if err != nil {
			return scimerr.ScimErrorInvalidPath
		}
		if err := applyAt(out, scim.PatchOperation{Op: op.Op, Value: values[name]}, path, s); err != nil {
			return err
		}
	}
	return nil
}

// attribute is an attribute of a schema by its name, in any case.
func attribute(list schema.Attributes, name string) (schema.CoreAttribute, bool) {
	for _, a := range list {
		if strings.EqualFold(a.Name(), name) {
			return a, true
		}
	}
	return schema.CoreAttribute{}, false
}

// applyAt is an operation at a path.
func applyAt(out map[string]any, op scim.PatchOperation, path parser.Path, s schema.Schema) error {
	name := path.AttributePath.AttributeName
	if strings.EqualFold(name, "externalId") {
		return set(out, "externalId", op, false, true)
	}
	attr, ok := attribute(s.Attributes, name)
	if !ok {
		return scimerr.ScimErrorInvalidPath
	}
	if attr.Mutability() == "readOnly" {
		return scimerr.ScimErrorMutability
	}
	sub := path.SubAttributeName()
	if sub == "" {
		sub = path.AttributePath.SubAttributeName()
	}
	if sub != "" {
		found, ok := attribute(attr.SubAttributes(), sub)
		if !ok {
			return scimerr.ScimErrorInvalidPath
		}
		sub = found.Name()
	}
	switch {
	case attr.MultiValued() && (path.ValueExpression != nil || sub != ""):
		return applyEach(out, op, path.ValueExpression, attr, sub)
	case path.ValueExpression != nil:
		return scimerr.ScimErrorInvalidPath
	case sub != "":
		return applySub(out, op, attr.Name(), sub)
	}
	return set(out, attr.Name(), op, attr.MultiValued(), !attr.HasSubAttributes())
}

// set is an operation on a whole attribute.
func set(out map[string]any, name string, op scim.PatchOperation, many, simple bool) error {
	switch {
	case op.Op == scim.PatchOperationRemove && many && op.Value != nil:
		removeThese(out, name, op.Value)
	case op.Op == scim.PatchOperationRemove:
		delete(out, name)
	case many:
		values, ok := op.Value.([]any)
		if !ok {
			values = []any{op.Value}
		}
		had, _ := out[name].([]any)
		if op.Op == scim.PatchOperationReplace {
			had = nil
		}
		for _, v := range values {
			had = add(had, v)
		}
		out[name] = had
		if len(had) == 0 {
			delete(out, name)
		}
	case simple || op.Op == scim.PatchOperationReplace && out[name] == nil:
		out[name] = cloneValue(op.Value)
	default: // what is not said of a complex value stays
		values, ok := op.Value.(map[string]any)
		if !ok {
			return scimerr.ScimErrorInvalidValue
		}
		had, _ := out[name].(map[string]any)
		if had == nil {
			had = map[string]any{}
		}
		for k, v := range values {
			had[k] = cloneValue(v)
		}
		out[name] = had
	}
	return nil
}

// removeThese takes from a list the values that are named, as some directories
// remove one of several: whoever is not named stays.
func removeThese(out map[string]any, name string, value any) {
	these, ok := value.([]any)
	if !ok {
		these = []any{value}
	}
	had, _ := out[name].([]any)
	had = slices.DeleteFunc(slices.Clone(had), func(one any) bool {
		return slices.ContainsFunc(these, func(v any) bool { return sameValue(one, v) })
	})
	if out[name] = had; len(had) == 0 {
		delete(out, name)
	}
}

// sameValue tells whether two values of a list are one: by what each says that
// is its own, or whole.
func sameValue(a, b any) bool {
	x, isX := a.(map[string]any)
	y, isY := b.(map[string]any)
	if isX && isY && y["value"] != nil {
		return x["value"] == y["value"] && (y["type"] == nil || x["type"] == y["type"])
	}
	return reflect.DeepEqual(a, b)
}

// add puts a value into a list that does not have it yet. Of those that say
// which is theirs, a value is known by that.
func add(list []any, v any) []any {
	v = cloneValue(v)
	for i, had := range list {
		if reflect.DeepEqual(had, v) {
			return list
		}
		a, isA := had.(map[string]any)
		b, isB := v.(map[string]any)
		if isA && isB && a["value"] != nil && a["value"] == b["value"] && a["type"] == b["type"] {
			list[i] = v
			return list
		}
	}
	return append(list, v)
}

// applySub is an operation on one part of a complex attribute.
func applySub(out map[string]any, op scim.PatchOperation, name, sub string) error {
	had, _ := out[name].(map[string]any)
	if op.Op == scim.PatchOperationRemove {
		delete(had, sub)
		if len(had) == 0 {
			delete(out, name)
		}
		return nil
	}
	if had == nil {
		had = map[string]any{}
	}
	had[sub] = cloneValue(op.Value)
	out[name] = had
	return nil
}

// applyEach is an operation on those values of a list that an expression
// chooses, or on all.
func applyEach(out map[string]any, op scim.PatchOperation, which parser.Expression, attr schema.CoreAttribute, sub string) error {
	list, _ := out[attr.Name()].([]any)
	var kept []any
	hit := false
	for _, one := range list {
		m, ok := one.(map[string]any)
		if !ok || which != nil && !chosen(m, which, attr) {
			kept = append(kept, one)
			continue
		}
		hit = true
		switch {
		case op.Op == scim.PatchOperationRemove && sub == "":
			continue // out it goes
		case op.Op == scim.PatchOperationRemove:
			delete(m, sub)
		case sub != "":
			m[sub] = cloneValue(op.Value)
		default:
			values, ok := op.Value.(map[string]any)
			if !ok {
				return scimerr.ScimErrorInvalidValue
			}
			for k, v := range values {
				m[k] = cloneValue(v)
			}
		}
		kept = append(kept, m)
	}
	if fresh := described(which); !hit && op.Op == scim.PatchOperationAdd && fresh != nil && sub != "" {
		fresh[sub] = cloneValue(op.Value)
		kept, hit = append(kept, fresh), true
	}
	if !hit && op.Op != scim.PatchOperationRemove {
		return scimerr.ScimErrorNoTarget
	}
	if len(kept) == 0 {
		delete(out, attr.Name())
		return nil
	}
	out[attr.Name()] = kept
	return nil
}

// described is a value as an expression of the form `type eq "work"` says that
// it is; nil where it does not say.
func described(which parser.Expression) map[string]any {
	name, value, ok := asksFor(which)
	if !ok {
		return nil
	}
	return map[string]any{name: value}
}

// chosen tells whether a value of a list passes an expression.
func chosen(m map[string]any, which parser.Expression, attr schema.CoreAttribute) bool {
	return filter.NewFilterValidator(which, schema.Schema{ID: attr.Name(), Attributes: attr.SubAttributes()}).PassesFilter(m) == nil
}
