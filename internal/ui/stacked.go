package ui

import "github.com/a-h/templ"

// Stacked is a table that needs no scrolling on a telephone: each row is a block
// there, with its column's name before each cell.
func Stacked(t TableProps) TableProps {
	t.Classes = join("b-stacked", t.Classes)
	rows := make([][]Cell, len(t.Rows))
	for i, row := range t.Rows {
		if row == nil { // left out
			continue
		}
		rows[i] = make([]Cell, len(row))
		for j, c := range row {
			if j < len(t.Head) && (j > 0 || !t.FirstCellIsHeader) {
				named := templ.Attributes{"data-name": t.Head[j].Text}
				for k, v := range c.Attributes {
					named[k] = v
				}
				c.Attributes = named
			}
			rows[i][j] = c
		}
	}
	t.Rows = rows
	return t
}
