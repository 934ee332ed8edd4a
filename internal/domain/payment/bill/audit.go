package bill

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/journal"
)

// pricesText is what a bill costs until when, as its leaf in the public journal has it.
func pricesText(list []Price) string {
	var b strings.Builder
	for _, p := range list {
		fmt.Fprintf(&b, "%s %d\n", p.Until, int64(p.Amount))
	}
	return b.String()
}

// auditLeaves tells which bills are not what their leaves in the public journal say: of
// one that was made cheaper, payment and receipt are as sound as of any other. That the
// leaves are those that were signed is the journal's own walk to find.
func (x *Bills) auditLeaves(tx *db.Tx) (wrong []string, err error) {
	made := map[string]journal.Record{} // of the next bills, by their ids
	ended := map[string]bool{}          // by their agencies
	erased := false                     // some leaves' records were destroyed, by the right of whom they were about
	compare := func() error {
		bills, err := billsBy(tx, slices.Collect(maps.Keys(made)))
		if err != nil {
			return err
		}
		for id, r := range made {
			b := bills[id]                          // of one that is gone, its amount is nothing
			amount, _ := r.Data["amount"].(float64) // far below where one is not exact
			prices, has := r.Data["prices"]         // of before they were noted there, nothing is known
			if (int64(amount) != int64(b.Amount) || has && prices != pricesText(b.Prices)) && len(wrong) < 100 {
				wrong = append(wrong, fmt.Sprintf("the bill %s is not what its leaf says", id))
			}
		}
		clear(made)
		return nil
	}
	err = x.Journal.Walk(tx, func(e journal.Entry) error {
		erased = erased || len(e.Salt) == 0
		switch id, _ := e.Record.Data["bill"].(string); e.Record.Kind {
		case "bill.made":
			made[id] = e.Record
		case "bill.cancelled":
			ended[id] = true
		}
		if len(made) < 500 {
			return nil
		}
		return compare()
	})
	if fault.CodeOf(err) == fault.Conflict {
		return append(wrong, fmt.Sprintf("the journal is not sound: %v", err)), nil
	}
	if err == nil {
		err = compare()
	}
	if err != nil {
		return nil, err
	}
	err = eachCancelled(tx, func(id, person string) {
		if !ended[id] && !(erased && person != "") && len(wrong) < 100 {
			wrong = append(wrong, fmt.Sprintf("the bill %s was cancelled, and no leaf says so", id))
		}
	})
	return wrong, err
}
