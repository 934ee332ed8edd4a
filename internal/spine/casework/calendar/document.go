package calendar

import (
	"fmt"

	"balai/internal/spine/clock"
	"balai/internal/spine/locale"
)

// Document is /api/calendar/{state}.json: all that an outsider needs to
// recompute a due date of the years From to To.
type Document struct {
	State       string            `json:"state"` // ISO 3166-2:MY
	Zone        string            `json:"zone"`
	OfficeHours Hours             `json:"office_hours"`
	From        int               `json:"from"`
	To          int               `json:"to"`
	Weekends    []WeekendDocument `json:"weekends"`
	Holidays    []HolidayDocument `json:"holidays"`
	Digest      string            `json:"digest"` // of all working days 1952-2050; acts name it
	Rule        locale.Text       `json:"rule"`
	Source      string            `json:"source"`
}

// Hours are local times of day.
type Hours struct {
	Opens  string `json:"opens"`
	Closes string `json:"closes"`
}

// WeekendDocument is the weekly rest of one period; null is an open end.
type WeekendDocument struct {
	From *string   `json:"from"`
	To   *string   `json:"to"`
	Days [2]string `json:"days"`
}

// HolidayDocument is one public holiday.
type HolidayDocument struct {
	Date      string      `json:"date"`
	Name      locale.Text `json:"name"`
	Estimated bool        `json:"estimated"`
}

// Document describes the years from to to (inclusive); rule is the rule in
// words. Years outside 1952 to 2050 are refused.
func (c *Calendar) Document(from, to int, rule locale.Text) (Document, error) {
	d := Document{
		State: c.state, Zone: clock.Zone.String(), From: from, To: to, Digest: c.digest, Rule: rule,
		OfficeHours: Hours{Opens: fmt.Sprintf("%02d:00", OpenHour), Closes: fmt.Sprintf("%02d:00", CloseHour)},
		Source:      "vacanza/holidays (MIT)", Holidays: []HolidayDocument{},
	}
	for _, w := range c.weekends {
		doc := WeekendDocument{Days: [2]string{w.Days[0].String(), w.Days[1].String()}}
		if w.From != "" {
			doc.From = &w.From
		}
		if w.To != "" {
			doc.To = &w.To
		}
		d.Weekends = append(d.Weekends, doc)
	}
	for year := from; year <= to; year++ {
		list, err := c.Holidays(year)
		if err != nil {
			return Document{}, err
		}
		for _, h := range list {
			d.Holidays = append(d.Holidays, HolidayDocument{Date: h.Day, Name: h.Text(), Estimated: h.Estimated()})
		}
	}
	return d, nil
}
