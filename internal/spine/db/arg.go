package db

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"unicode/utf8"

	"balai/internal/spine/fault"
)

// arguments brings args to the six kinds of value both engines hold alike:
// nil, int64, float64, bool, string and []byte. Text that PostgreSQL could not
// keep (a NUL byte, broken UTF-8) is refused here for both, as the fault
// Invalid. JSON kept as text is given as json.RawMessage.
func arguments(args []any) ([]any, error) {
	for i, a := range args {
		switch v := a.(type) {
		case nil, int64, bool, float64:
			continue
		case string:
			if err := plain(v); err != nil {
				return nil, err
			}
			continue
		}
		out := make([]any, len(args))
		copy(out, args[:i])
		for j := i; j < len(args); j++ {
			v, err := argument(args[j])
			if err != nil {
				return nil, fmt.Errorf("db: argument $%d: %w", j+1, err)
			}
			out[j] = v
		}
		return out, nil
	}
	return args, nil
}

func argument(a any) (any, error) {
	switch v := a.(type) {
	case nil, int64, bool, float64:
		return v, nil
	case int:
		return int64(v), nil
	case string:
		return v, plain(v)
	case json.RawMessage:
		if v == nil {
			return nil, nil
		}
		return string(v), plain(string(v))
	case []byte:
		if v == nil {
			return nil, nil // both engines: null; an empty value is []byte{}
		}
		return v, nil
	case driver.Valuer:
		u, err := v.Value()
		if err != nil {
			return nil, err
		}
		if _, again := u.(driver.Valuer); again {
			return nil, fmt.Errorf("a %T is not a plain value", u)
		}
		return argument(u)
	}
	v := reflect.ValueOf(a)
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return nil, nil
		}
		return argument(v.Elem().Interface())
	case reflect.String:
		return v.String(), plain(v.String())
	case reflect.Bool:
		return v.Bool(), nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return v.Int(), nil
	case reflect.Uint8, reflect.Uint16, reflect.Uint32:
		return int64(v.Uint()), nil
	case reflect.Float32:
		return v.Float(), nil
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return argument(v.Bytes())
		}
	}
	return nil, fmt.Errorf("a %T cannot be kept; times are bigint microseconds, lists are expanded with In", a)
}

func plain(s string) error {
	if strings.IndexByte(s, 0) >= 0 || !utf8.ValidString(s) {
		return fault.New(fault.Invalid, "db.text_unreadable")
	}
	return nil
}
