// Package ledger keeps books that cannot lie: double entry, append only. What an
// account holds is stored beside its transfers and is their fold; whoever wants
// to know reads both (Audit), and so does anybody who takes the books along
// (Export).
//
// A Group of transfers is posted whole or not at all, in the transaction of the
// act that it belongs to (PostTx), and once: its id is the caller's, and the same
// group again changes nothing. Each has a leaf in the journal, which holds the
// group's digest: rows that were changed afterwards are found out.
//
// A transfer is made at once (Post), or in two steps: a Hold keeps an amount
// until a Capture makes it, all or a part, or a Release lets it go. An account
// may have a floor: then what it holds, less what is held back, never goes below
// zero.
//
// Amounts are whole minor units and above zero. The words follow the field's, as
// TigerBeetle's do. ledger.go has the rules, without I/O.
package ledger
