package backoffice

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// Only the rows that are asked for are held, and a file with more rows than a
// file may have is refused before any of them is.
func TestTableIsReadInParts(t *testing.T) {
	file := func(n int) []byte {
		return []byte("their_ref,person,title_ms,state\n" + strings.Repeat("a,b,c,d\n", n))
	}
	for _, c := range []struct {
		rows, from, n, held int
		more                bool
	}{
		{0, 0, 3, 0, false}, {2, 0, 3, 2, false}, {3, 0, 3, 3, false}, {4, 0, 3, 3, true}, {9, 0, 3, 3, true},
		{9, 3, 3, 3, true}, {9, 6, 3, 3, false}, {7, 6, 3, 1, false}, {1, 3, 3, 0, false}, {rowsMost, 0, 3, 3, true}, {rowsMost, 50, 3, 3, true},
		{rowsMost, rowsMost - 1, 3, 1, false},
	} {
		got, err := readTable(file(c.rows), c.from, c.n)
		if err != nil || len(got.rows) != c.held || got.more != c.more {
			t.Errorf("%+v: %d rows, more %v, %v", c, len(got.rows), got.more, err)
		}
		if len(got.rows) > 0 && got.rows[0].line != c.from+2 {
			t.Errorf("%+v: begins at line %d", c, got.rows[0].line)
		}
	}
	for name, data := range map[string][]byte{"rows 100,000": file(rowsMost + 1),
		"wide 1,000": append(file(1), strings.Repeat(",", cellsMost)...), "big ": make([]byte, dropMost+1)} {
		got, err := readTable(data, 0, 3)
		var why unreadable
		if !errors.As(err, &why) || fmt.Sprint(why) != name || len(got.rows) != 0 {
			t.Errorf("%s: %v, %d rows", name, err, len(got.rows))
		}
	}
	for name, end := range map[string]string{"LF": "\n", "CRLF": "\r\n", "CR": "\r"} {
		got, err := readTable([]byte(strings.ReplaceAll("their_ref;person;title_ms;state\na;b;c;d\na;b;c;e\n", "\n", end)), 0, 9)
		if err != nil || len(got.rows) != 2 || got.rows[1].cells["state"] != "e" || got.rows[1].line != 3 {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	// What a spreadsheet writes beside and below a table is no row, and a blank column has no name.
	for n := range 4 {
		file := "their_ref,person,title_ms,state,,\na,b,c,d,,\n,,,,,\n , ,,,,\n\na,b,c,e,,\n,,,,,\na,b,c,f,,\na,b,c,g,x,\n,,,,,\n"
		got, err := readTable([]byte(file), n, 1)
		if err != nil || len(got.rows) != 1 || got.more != (n < 3) || got.rows[0].line != []int{2, 6, 8, 9}[n] ||
			got.rows[0].cells["state"] != []string{"d", "e", "f", ""}[n] || got.rows[0].problem != []string{"", "", "", "cells"}[n] {
			t.Errorf("from %d: %+v, %v", n, got, err)
		}
	}
	// As many cells as may be, and quotation marks around what is no end of one.
	for _, tail := range []string{"x" + strings.Repeat(",", cellsMost-1), `"` + strings.Repeat(",", cellsMost) + `",b,c,d`} {
		if got, err := readTable(append(file(1), tail...), 0, 3); err != nil || len(got.rows) != 2 {
			t.Errorf("%d rows, %v", len(got.rows), err)
		}
	}
}
