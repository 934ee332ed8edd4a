package desk

import (
	"strconv"

	"balai/internal/spine/casework"
	"balai/internal/ui"
)

// evidenceView is one of the files of a case.
type evidenceView struct {
	Ref   string
	Files []casework.Evidence
	At    int
	Zoom  int // per cent
}

func (v evidenceView) file() casework.Evidence { return v.Files[v.At] }

func (v evidenceView) href(i int) string { return "/desk/" + v.Ref + "/evidence/" + v.Files[i].ID }

func (v evidenceView) source() string { return "/desk/" + v.Ref + "/file/" + v.file().ID }

// zooms are how wide a picture can be drawn, in per cent of the page's width.
func zooms() []int { return []int{100, 150, 200, 300} }

func zoomOf(s string) int {
	for _, z := range zooms() {
		if s == strconv.Itoa(z) {
			return z
		}
	}
	return zooms()[0]
}

// width is that of the picture on the page, in pixels.
func (v evidenceView) width() string { return strconv.Itoa(960 * v.Zoom / 100) }

func (v evidenceView) zoomHref(z int) string { return v.href(v.At) + "?zoom=" + strconv.Itoa(z) }

func (v evidenceView) neighbours(p ui.Page) ui.PaginationProps {
	out := ui.PaginationProps{}
	if v.At > 0 {
		out.Previous = ui.PageLink{Href: v.href(v.At - 1), Text: p.L.T("desk.evidence.previous")}
	}
	if v.At+1 < len(v.Files) {
		out.Next = ui.PageLink{Href: v.href(v.At + 1), Text: p.L.T("desk.evidence.next")}
	}
	return out
}
