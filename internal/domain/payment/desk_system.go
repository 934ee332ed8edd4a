package payment

import (
	"net/http"
	"strings"

	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/web"
)

// A systemView is what an agency's own system needs: keys, and where it is told.
type systemView struct {
	Desk       Desk
	Keys       []Key
	Endpoints  []Endpoint
	Deliveries []Told
	Next       string // cursor of older deliveries
	Key        string // that was made now: shown once
	Secret     string // of the address that was set now: shown once
	Address    string // that was typed
	Wrong      string
	Name       string
	NameWrong  string
}

// Told is a delivery with what it told, and where.
type Told struct {
	Delivery
	Type, Payment, URL string
}

// deliveriesShown is how many deliveries a page has.
const deliveriesShown = 50

func (p *Part) systemPage(w http.ResponseWriter, r *http.Request) error {
	return p.system(w, r, http.StatusOK, systemView{})
}

func (p *Part) system(w http.ResponseWriter, r *http.Request, status int, v systemView) (err error) {
	if v.Desk, err = p.DeskOf(r); err != nil {
		return err
	}
	agency, live := v.Desk.Collector.Agency, v.Desk.Live
	err = p.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		if v.Keys, err = keysOf(tx, agency); err != nil {
			return err
		}
		if v.Endpoints, err = endpointsOf(tx, agency, live); err != nil {
			return err
		}
		v.Deliveries, v.Next, err = deliveriesOf(tx, agency, live, "", r.URL.Query().Get("after"), deliveriesShown)
		return err
	})
	if err != nil {
		return err
	}
	page := DeskPage(r, web.L(r.Context()).T("payment.desk.system"))
	if end := r.URL.Query().Get("end"); end != "" && v.Desk.Acts {
		for _, k := range v.Keys {
			if k.ID == end && k.RevokedAt == 0 {
				return web.Render(w, r, status, keyEndView(page, v.Desk, k))
			}
		}
	}
	page.Error = v.Wrong != "" || v.NameWrong != ""
	if v.Key != "" || v.Secret != "" {
		w.Header().Set("Cache-Control", "no-store")
	}
	return web.Render(w, r, status, systemPageView(page, v))
}

// keyMake makes a key; its text is on the page that answers, and nowhere else.
func (p *Part) keyMake(w http.ResponseWriter, r *http.Request) error {
	v := systemView{Name: strings.TrimSpace(r.PostFormValue("name"))}
	if v.Name == "" || len(v.Name) > 100 {
		v.NameWrong = web.L(r.Context()).T("payment.error.key_name")
		return p.system(w, r, http.StatusUnprocessableEntity, v)
	}
	by := web.ActorOf(r.Context())
	err := p.DB.Write(r.Context(), func(tx *db.Tx) (err error) {
		_, v.Key, err = p.MakeKeyTx(tx, by, r.PathValue("agency"), v.Name, r.PostFormValue("kind") == "live")
		return err
	})
	if err != nil {
		return err
	}
	v.Name = ""
	return p.system(w, r, http.StatusOK, v)
}

func (p *Part) keyRevoke(w http.ResponseWriter, r *http.Request) error {
	d, err := p.DeskOf(r)
	if err != nil {
		return err
	}
	by := web.ActorOf(r.Context())
	err = p.DB.Write(r.Context(), func(tx *db.Tx) error {
		return p.RevokeKeyTx(tx, by, r.PathValue("agency"), r.PathValue("key"))
	})
	if err != nil {
		return err
	}
	return web.SeeOther(w, r, d.Path("/system"))
}

// endpointSave sets where the agency's system is told, or ends that.
func (p *Part) endpointSave(w http.ResponseWriter, r *http.Request) error {
	d, err := p.DeskOf(r)
	if err != nil {
		return err
	}
	v := systemView{Address: strings.TrimSpace(r.PostFormValue("url"))}
	if r.PostFormValue("end") != "" {
		v.Address = ""
	} else if v.Address == "" {
		v.Wrong = web.L(r.Context()).T("payment.error.webhook")
		return p.system(w, r, http.StatusUnprocessableEntity, v)
	}
	by := web.ActorOf(r.Context())
	err = p.DB.Write(r.Context(), func(tx *db.Tx) (err error) {
		v.Secret, err = p.SetEndpointTx(tx, by, d.Collector.Agency, v.Address, d.Live)
		return err
	})
	if f, ok := fault.As(err); ok && f.Code == fault.Invalid {
		v.Wrong = web.L(r.Context()).T(f.Key, f.Args...)
		return p.system(w, r, http.StatusUnprocessableEntity, v)
	}
	if err != nil {
		return err
	}
	return p.system(w, r, http.StatusOK, v)
}

// messageAgain sends a message once more.
func (p *Part) messageAgain(w http.ResponseWriter, r *http.Request) error {
	d, err := p.DeskOf(r)
	if err != nil {
		return err
	}
	err = p.DB.Write(r.Context(), func(tx *db.Tx) error {
		m, err := messageByID(tx, r.PathValue("message"))
		if err == nil && m.Live != d.Live {
			return fault.New(fault.Missing, "payment.error.no_message")
		}
		return p.AgainTx(tx, d.Collector.Agency, r.PathValue("message"))
	})
	if err != nil {
		return err
	}
	return web.SeeOther(w, r, d.Path("/system"))
}

// Keys are an agency's keys, without their texts, which are kept nowhere.
func (p *Part) Keys(tx *db.Tx, agency string) ([]Key, error) { return keysOf(tx, agency) }

// Told is what an agency's system was told last, the newest first.
func (p *Part) Told(tx *db.Tx, agency string, live bool) ([]Told, error) {
	list, _, err := deliveriesOf(tx, agency, live, "", "", 100)
	return list, err
}
