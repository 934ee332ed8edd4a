package ui

import (
	"strings"
	"testing"
)

// A stacked table says each cell's column, but for the row's own head.
func TestStacked(t *testing.T) {
	props := TableProps{FirstCellIsHeader: true, Head: Cells("Account", "Balance"), Rows: [][]Cell{Cells("Fees", "RM5.00"), nil}}
	var b strings.Builder
	if err := Table(Stacked(props)).Render(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	got := b.String()
	if !strings.Contains(got, `<table class="govuk-table b-stacked"`) || !strings.Contains(got, `data-name="Balance"`) || strings.Contains(got, `data-name="Account"`) {
		t.Errorf("%s", got)
	}
	if strings.Count(got, "<tr") != 2 {
		t.Errorf("a row that was left out is there: %s", got)
	}
	if props.Rows[0][1].Attributes != nil {
		t.Error("the caller's own cells were changed")
	}
	props.FirstCellIsHeader = false
	b.Reset()
	if err := Table(Stacked(props)).Render(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), `data-name="Account"`) {
		t.Errorf("%s", b.String())
	}
}
