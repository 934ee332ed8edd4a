package kit

import (
	"bytes"
	"context"
	"net/http/httptest"
	"strings"
	"testing"

	"balai/internal/spine/locale"
	"balai/internal/ui"
)

func TestPage(t *testing.T) {
	cat, err := locale.Load(ui.Texts, Texts)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range locale.Langs {
		ctx := ui.WithSite(context.Background(), ui.Site{L: cat.For(l), Name: locale.Same("Balai Khidmat")})
		r := httptest.NewRequest("GET", "/demo/kit", nil).WithContext(ctx)
		var b bytes.Buffer
		if err := Page(ui.NewPage(r, cat.For(l).T("kit.title"))).Render(ctx, &b); err != nil {
			t.Fatal(err)
		}
		if i := strings.Index(b.String(), "⟦"); i >= 0 {
			t.Errorf("%s: a text is missing: %.60s", l, b.String()[i:])
		}
	}
}
