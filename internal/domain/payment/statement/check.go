package statement

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	"balai/internal/domain/payment"
	"balai/internal/spine/clock"
	"balai/internal/spine/fault"
	"balai/internal/spine/iso20022"
	"balai/internal/spine/money"
	"balai/internal/spine/mt940"
)

// read goes through a file of either kind: XML begins with a "<". swift is of an
// MT940.
func read(in io.Reader, entry func(*iso20022.Statement, iso20022.Entry) error) (list []iso20022.Statement, swift bool, err error) {
	b := bufio.NewReaderSize(in, 1<<16)
	start, err := b.Peek(512)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, false, err
	}
	if iso20022.IsXML(start) {
		list, err = iso20022.ReadStatements(b, entry)
		return list, false, err
	}
	list, err = mt940.Read(b, entry)
	return list, true, err
}

// place is by which a page of a statement is known in its file.
type place struct {
	account, ident string
	page, sequence int64
}

func placeOf(s *iso20022.Statement) place {
	return place{s.Account.Number(), s.ID, s.Page, s.Sequence}
}

// refused is why a file is not taken, for the person or the program that brought
// it. Nothing of it is kept.
func refused(key string, args ...any) *fault.Error {
	return fault.New(fault.Invalid, "statement.error."+key, args...)
}

// check reads a file whole and refuses what cannot be true: a file that breaks
// off, another account or currency, sums that lie, entries that do not lead from
// the opening balance to the closing one. What it gives is as the file says it, and
// the lines in their spool are known by the number of their statement.
func check(file io.Reader, c payment.Collector, kept *spool) (map[place]*Statement, []place, error) {
	found := map[place]*Statement{}
	list, swift, err := read(file, func(s *iso20022.Statement, e iso20022.Entry) error {
		x := found[placeOf(s)]
		if x == nil {
			x = &Statement{nth: len(found)}
			found[placeOf(s)] = x
		}
		if err := x.count(e); err != nil || e.Status == iso20022.Pending {
			return err
		}
		return kept.put(x.nth, e.Reference, lines(e))
	})
	if err != nil {
		return nil, nil, unread(err)
	}
	var order []place
	for _, s := range list {
		at := placeOf(&s)
		x := found[at]
		if x == nil {
			x = &Statement{nth: len(found)}
			found[at] = x
		}
		if x.Ident != "" {
			return nil, nil, refused("twice", "id", clip(s.ID, 40))
		}
		x.swift = swift
		if err := x.head(&s, c); err != nil {
			return nil, nil, err
		}
		order = append(order, at)
	}
	if len(found) > len(order) { // an entry before the statement said whose it is
		return nil, nil, refused("nameless")
	}
	return found, order, nil
}

// unread is why a file could not be read, with the place in it.
func unread(err error) error {
	var own *fault.Error
	if errors.As(err, &own) {
		return err
	}
	var charset *iso20022.CharsetError
	if errors.As(err, &charset) {
		return refused("charset", "charset", clip(charset.Name, 40)).Wrap(err)
	}
	var at *iso20022.PlaceError
	if errors.As(err, &at) {
		key, args := "syntax", []any{"line", at.Line, "entry", at.Entry, "element", clip(at.Element, 60)}
		switch { // what is not known of the place is not said
		case at.Line == 0:
			key = "syntax.file"
		case at.Entry == 0 && at.Element == "":
			key = "syntax.line"
		case at.Entry == 0:
			key = "syntax.element"
		case at.Element == "":
			key = "syntax.entry"
		}
		return refused(key, args...).Wrap(err)
	}
	return fmt.Errorf("statement: read: %w", err)
}

// What an entry and a balance may come to, in sen: a hundred billion ringgit, and ten
// thousand. A file is believed, and one line of all that an Amount holds would leave no
// room in the account for any other, and none in the sum of all agencies' books.
const (
	mostEntry   money.Amount = 1e13
	mostBalance money.Amount = 1e15
)

// count takes an entry into what is checked.
func (x *Statement) count(e iso20022.Entry) error {
	if e.Status == iso20022.Pending {
		return nil
	}
	x.Entries++
	if e.Currency != money.MYR {
		return refused("currency", "currency", clip(e.Currency, 3))
	}
	if e.Amount > mostEntry {
		return refused("large", "amount", rm(e.Amount))
	}
	sum, err := money.Add(x.moved, e.Signed())
	if err != nil {
		return refused("sum").Wrap(err)
	}
	day := e.Booked
	if !e.At.IsZero() {
		day = clock.Day(e.At)
	}
	if _, err := clock.ParseDay(day); err != nil {
		return refused("day", "entry", x.Entries)
	}
	if x.first == "" || day < x.first {
		x.first = day
	}
	x.moved, x.Day = sum, max(x.Day, day)
	return nil
}

// head takes what a statement says of itself.
func (x *Statement) head(s *iso20022.Statement, c payment.Collector) error {
	if len(s.Wrong) > 0 {
		return refused("says", "element", clip(s.Wrong[0].Element, 60), "said", clip(s.Wrong[0].Said, 40), "found", clip(s.Wrong[0].Found, 40))
	}
	if number := s.Account.Number(); number != c.Account && !(x.swift && numberIn(number) == c.Account) {
		return refused("account", "account", clip(s.Account.Number(), 40))
	}
	if cur := s.Currency(); cur != "" && cur != money.MYR {
		return refused("currency", "currency", clip(cur, 3))
	}
	x.Kind, x.Ident, x.Page, x.Last, x.Seq, x.Account = s.Kind, clip(s.ID, 70), max(s.Page, 1), s.Last, s.Sequence, c.Account
	if x.Ident == "" {
		return refused("nameless")
	}
	if balanced(s.Kind) {
		if err := x.balances(s); err != nil {
			return err
		}
	}
	x.From = x.first
	if !s.From.IsZero() {
		x.From = clock.Day(s.From)
	}
	if x.From == "" {
		x.From = x.Day
	}
	if x.Day == "" && !s.To.IsZero() {
		x.Day = clock.Day(s.To)
	}
	if x.Day == "" {
		return refused("nameless")
	}
	return nil
}

// numberIn is the account's own number in a field 25 as most banks write it: the
// bank's code and a "/" before it, the currency behind.
func numberIn(text string) string {
	text = text[strings.LastIndexByte(text, '/')+1:]
	return strings.TrimSpace(strings.TrimSuffix(text, money.MYR))
}

// balances takes the opening and the closing balance, between which the entries
// have to lead.
func (x *Statement) balances(s *iso20022.Statement) error {
	o, hasO := s.Opening()
	c, hasC := s.Closing()
	x.HasOpening, x.HasClosing, x.Opening, x.Closing = hasO, hasC, o.Amount, c.Amount
	for _, b := range []struct {
		is  bool
		cur string
	}{{hasO, o.Currency}, {hasC, c.Currency}} {
		if b.is && b.cur != money.MYR {
			return refused("currency", "currency", clip(b.cur, 3))
		}
	}
	for _, a := range []money.Amount{o.Amount, c.Amount} {
		if a > mostBalance || a < -mostBalance {
			return refused("large", "amount", rm(a))
		}
	}
	if hasO && hasC {
		to, err := money.Add(o.Amount, x.moved)
		if err != nil || to != c.Amount {
			return refused("leads", "opening", rm(o.Amount), "closing", rm(c.Amount), "found", rm(to)).Wrap(err)
		}
	}
	if hasC && c.Date != "" {
		x.Day = max(x.Day, c.Date)
	}
	return nil
}
