package definition

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"balai/internal/spine/postcode"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// Expressions are written by agencies' teams and outside developers, so they
// are bounded before they ever run.
const (
	maxExpression = 2000  // characters
	maxCost       = 20000 // CEL cost units of one evaluation that has a loop
)

// celType is the CEL type of a field, fact or value type.
func celType(t string) (*cel.Type, bool) {
	switch t {
	case "string", "text", "textarea", "name", "date", "time", "choice", "phone", "email", "postcode", "idnumber", "identity", "state":
		return cel.StringType, true
	case "int", "integer", "year", "money", "gram":
		return cel.IntType, true
	case "bool", "yesno":
		return cel.BoolType, true
	case "multi":
		return cel.ListType(cel.StringType), true
	}
	return nil, false
}

// objects gives each group of names (answers, mother, birth_notice ...) a type
// of its own, so that a misspelt field is found when the definition is linted.
type objects struct {
	types.Provider
	groups map[string]map[string]*cel.Type
}

const objectPrefix = "balai."

func (o objects) FindStructType(name string) (*types.Type, bool) {
	if _, ok := o.groups[strings.TrimPrefix(name, objectPrefix)]; ok && strings.HasPrefix(name, objectPrefix) {
		return types.NewTypeTypeWithParam(types.NewObjectType(name)), true
	}
	return o.Provider.FindStructType(name)
}

func (o objects) FindStructFieldNames(name string) ([]string, bool) {
	g, ok := o.groups[strings.TrimPrefix(name, objectPrefix)]
	return slices.Sorted(maps.Keys(g)), ok
}

func (o objects) FindStructFieldType(name, field string) (*types.FieldType, bool) {
	t, ok := o.groups[strings.TrimPrefix(name, objectPrefix)][field]
	if !ok {
		return nil, false
	}
	return &types.FieldType{
		Type:    t,
		IsSet:   func(target any) bool { return target.(*group).has(field) },
		GetFrom: func(target any) (any, error) { return target.(*group).get(field) },
	}, true
}

// language builds the environment that a service's expressions see. Facts
// that the service does not declare are not there at all.
func (s *Service) language() (*cel.Env, error) {
	groups := map[string]map[string]*cel.Type{"answers": {}, "param": {}, "entry": {}}
	if s.Form != nil {
		for _, p := range s.Form.Pages {
			for _, f := range p.Fields {
				if t, ok := celType(f.Type); ok {
					groups["answers"][f.ID] = t
				}
			}
		}
	}
	for _, f := range s.Facts {
		g, name, ok := strings.Cut(f.Field, ".")
		t, known := celType(f.Type)
		if !ok || !known {
			continue
		}
		if groups[g] == nil {
			groups[g] = map[string]*cel.Type{}
		}
		groups[g][name] = t
	}
	for _, v := range s.Variants {
		for name, value := range v.Params {
			groups["param"][name] = nativeType(value)
		}
	}
	for _, name := range entryFields {
		groups["entry"][name] = cel.StringType
	}
	base, err := types.NewRegistry()
	if err != nil {
		return nil, err
	}
	opts := []cel.EnvOption{
		cel.CustomTypeAdapter(base),
		cel.CustomTypeProvider(objects{base, groups}),
		cel.ParserExpressionSizeLimit(maxExpression),
		cel.ParserRecursionLimit(60),
		cel.ASTValidators(cel.ValidateComprehensionNestingLimit(1)),
		cel.Variable("today", cel.StringType),
		cel.Variable("disputed", cel.ListType(cel.StringType)),
		cel.Variable("disputed_material", cel.BoolType),
	}
	for _, g := range slices.Sorted(maps.Keys(groups)) {
		opts = append(opts, cel.Variable(g, cel.ObjectType(objectPrefix+g)))
	}
	return cel.NewEnv(append(opts, functions()...)...)
}

// entryFields are what certificates may show of a decided case: the number, the
// child's number and an employer's number from the register, the day of the
// decision, the reference.
var entryFields = []string{"number", "child_id_number", "employer_number", "decided_on", "ref"}

func nativeType(v any) *cel.Type {
	switch v.(type) {
	case bool:
		return cel.BoolType
	case int, int64:
		return cel.IntType
	default:
		return cel.StringType
	}
}

func functions() []cel.EnvOption {
	two := []*cel.Type{cel.StringType, cel.StringType}
	return []cel.EnvOption{
		cel.Function("days_between", cel.Overload("days_between_dates", two, cel.IntType,
			cel.BinaryBinding(dates(func(a, b time.Time) int64 { return int64(b.Sub(a) / (24 * time.Hour)) })))),
		cel.Function("years_between", cel.Overload("years_between_dates", two, cel.IntType,
			cel.BinaryBinding(dates(yearsBetween)))),
		cel.Function("year_of", cel.Overload("year_of_date", []*cel.Type{cel.StringType}, cel.IntType,
			cel.UnaryBinding(func(v ref.Val) ref.Val {
				day, err := time.Parse(time.DateOnly, string(v.(types.String)))
				if err != nil {
					return types.NewErr("%q is no date", v)
				}
				return types.Int(day.Year())
			}))),
		cel.Function("date_after", cel.Overload("date_after_days", []*cel.Type{cel.StringType, cel.IntType}, cel.StringType,
			cel.BinaryBinding(func(v, n ref.Val) ref.Val {
				day, err := time.Parse(time.DateOnly, string(v.(types.String)))
				days := int64(n.(types.Int))
				if err != nil || days < -50000 || days > 50000 {
					return types.NewErr("%q and %d give no date", v, days)
				}
				return types.String(day.AddDate(0, 0, int(days)).Format(time.DateOnly))
			}))),
		cel.Function("months_after", cel.Overload("months_after_date", []*cel.Type{cel.StringType, cel.IntType}, cel.StringType,
			cel.BinaryBinding(func(v, n ref.Val) ref.Val {
				day, err := time.Parse(time.DateOnly, string(v.(types.String)))
				months := int64(n.(types.Int))
				if err != nil || months < -1200 || months > 1200 {
					return types.NewErr("%q and %d give no date", v, months)
				}
				return types.String(monthsAfter(day, int(months)).Format(time.DateOnly))
			}))),
		cel.Function("region_of", cel.Overload("region_of_state", []*cel.Type{cel.StringType}, cel.StringType,
			cel.UnaryBinding(func(v ref.Val) ref.Val { return types.String(RegionOf(string(v.(types.String)))) }))),
		cel.Function("town_fits", cel.Overload("town_fits_postcode", two, cel.BoolType,
			cel.BinaryBinding(func(code, town ref.Val) ref.Val {
				return types.Bool(postcode.Fits(string(code.(types.String)), string(town.(types.String))))
			}))),
		cel.Function("last", cel.Overload("last_of_text", []*cel.Type{cel.StringType, cel.IntType}, cel.StringType,
			cel.BinaryBinding(func(v, n ref.Val) ref.Val {
				runes := []rune(string(v.(types.String)))
				return types.String(runes[max(0, len(runes)-max(0, int(n.(types.Int)))):])
			}))),
		cel.Function("upper", cel.Overload("upper_text", []*cel.Type{cel.StringType}, cel.StringType,
			cel.UnaryBinding(func(v ref.Val) ref.Val { return types.String(strings.ToUpper(string(v.(types.String)))) }))),
	}
}

func dates(f func(a, b time.Time) int64) func(a, b ref.Val) ref.Val {
	return func(a, b ref.Val) ref.Val {
		from, err := time.Parse(time.DateOnly, string(a.(types.String)))
		if err != nil {
			return types.NewErr("%q is no date", a)
		}
		to, err := time.Parse(time.DateOnly, string(b.(types.String)))
		if err != nil {
			return types.NewErr("%q is no date", b)
		}
		return types.Int(f(from, to))
	}
}

// monthsAfter is the same day so many months on, or the last of that month where
// it has no such day.
func monthsAfter(day time.Time, n int) time.Time {
	first := time.Date(day.Year(), day.Month()+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
	return first.AddDate(0, 0, min(day.Day(), first.AddDate(0, 1, -1).Day())-1)
}

// yearsBetween is completed years: who is born on 29 February is a year older
// on 1 March of a common year.
func yearsBetween(a, b time.Time) int64 {
	years := b.Year() - a.Year()
	if b.Month() < a.Month() || (b.Month() == a.Month() && b.Day() < a.Day()) {
		years--
	}
	return int64(years)
}

// RegionOf is peninsular, sabah or sarawak for an ISO 3166-2:MY code, and ""
// for anything else. Labuan registers under Sabah's law.
func RegionOf(state string) string {
	var n int
	if _, err := fmt.Sscanf(state, "MY-%02d", &n); err != nil || len(state) != 5 {
		return ""
	}
	switch {
	case n == 12 || n == 15:
		return "sabah"
	case n == 13:
		return "sarawak"
	case n >= 1 && n <= 16:
		return "peninsular"
	}
	return ""
}

// expression is one compiled expression.
type expression struct {
	source  string
	program cel.Program
	ast     *ast.AST
}

// compile checks an expression against a type ("" for any) and bounds it.
func compile(env *cel.Env, src string, want *cel.Type) (*expression, error) {
	if strings.TrimSpace(src) == "" {
		return nil, fmt.Errorf("an expression is missing")
	}
	checked, issues := env.Compile(src)
	if issues.Err() != nil {
		e := issues.Errors()[0]
		message, _, _ := strings.Cut(e.Message, " expecting ")
		message = strings.TrimSuffix(message, " (in container '')")
		return nil, fmt.Errorf("%q does not check: %s (column %d)", brief(src), message, e.Location.Column()+1)
	}
	if want != nil && !checked.OutputType().IsExactType(want) {
		return nil, fmt.Errorf("%q gives %s, not %s", brief(src), checked.OutputType(), want)
	}
	var bound []cel.ProgramOption
	if loops(checked.NativeRep()) { // without a loop an expression does no more than its length
		bound = append(bound, cel.CostLimit(maxCost))
	}
	p, err := env.Program(checked, bound...)
	if err != nil {
		return nil, fmt.Errorf("%q: %w", brief(src), err)
	}
	return &expression{src, p, checked.NativeRep()}, nil
}

// brief keeps a message to a line.
func brief(src string) string {
	if r := []rune(strings.Join(strings.Fields(src), " ")); len(r) > 80 {
		return string(r[:80]) + "…"
	}
	return src
}

func loops(a *ast.AST) bool {
	found := false
	ast.PostOrderVisit(a.Expr(), ast.NewExprVisitor(func(x ast.Expr) { found = found || x.Kind() == ast.ComprehensionKind }))
	return found
}
