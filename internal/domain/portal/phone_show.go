package portal

import (
	"context"
	"net/http"
	"time"

	"balai/internal/spine/locale"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

// Text is one text message that the hall has written.
type Text struct {
	Phone, Body, Lang string
	At                time.Time
}

// Phones are the texts of the demo country, which reach no real telephone.
type Phones interface {
	NewestTexts(ctx context.Context, limit int) ([]Text, error)
}

// phone is one telephone with what it received, the newest first.
type phone struct {
	Number string
	Texts  []Text
}

const phoneLength = 60

func (x *Portal) phoneShow(w http.ResponseWriter, r *http.Request) error {
	list, err := x.Phones.NewestTexts(r.Context(), phoneLength)
	if err != nil {
		return err
	}
	page := ui.NewPage(r, web.L(r.Context()).T("portal.phone.title"))
	page.Before = ui.BackLink(ui.BackLinkProps{Href: "/demo"})
	return web.Render(w, r, http.StatusOK, phonePage(page, phonesOf(list)))
}

// phonesOf sorts texts by telephone; the one that rang last is the first.
func phonesOf(list []Text) (out []phone) {
	at := map[string]int{}
	for _, t := range list {
		i, ok := at[t.Phone]
		if !ok {
			i = len(out)
			at[t.Phone] = i
			out = append(out, phone{Number: locale.Phone(t.Phone)})
		}
		out[i].Texts = append(out[i].Texts, t)
	}
	return out
}
