// Package ledger keeps books that cannot lie: double entry, append only. What an
// account holds is stored beside its transfers and is their fold; whoever wants
// to know reads both (Audit), and so does anybody who takes the books along
// (Export).
//
// A Group of transfers is posted whole or not at all, in the transaction of the
// act that it belongs to (PostTx), and once: its id is the caller's, and the same
// group again changes nothing. Each has a leaf in the journal, which holds the
// group's digest, and so has each account: rows that are changed or taken out
// afterwards, and sums with them, are found out by whoever reads the journal too.
// A group may touch accounts of several agencies; a settlement between them does.
//
// A transfer is made at once (Post), or in two steps: a Hold keeps an amount
// until a Capture makes it, all or a part, or a Release lets it go. An account
// may have a floor: then what it holds, less what is held back, never goes below
// zero.
//
// Amounts are whole minor units and above zero. The words follow the field's, as
// TigerBeetle's do. ledger.go has the rules, without I/O.
package ledger
