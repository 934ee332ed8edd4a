// Package db is the only door to the database. One SQL text serves two
// engines: SQLite inside the process, which is the default, and PostgreSQL.
//
// A part writes through Write and reads through Read; both hand it a *Tx. An
// act given to Write is pure database work that may be run more than once:
// on SQLite it shares a transaction with up to 127 others, and on PostgreSQL
// it is run again when two acts could not both be true. Hashing, signing,
// rendering, calling and waiting happen before it or after it, and what
// must follow the commit is given to Tx.OnCommit. Three more doors spare
// PostgreSQL work: WriteIn for acts that would always meet, Claim for acts that
// rely on nothing but the rows they lock, ReadOne for a single query. And an act
// that asks first and then writes with Tx.Later goes to the server once for all
// that it writes.
//
// The SQL all parts keep to: $n placeholders, `on conflict`, `returning`,
// recursive and window queries, partial indexes, row-value paging; and not:
// JSON operators in predicates, any($1), like, lower() beyond ASCII, identity
// columns, time values (bigint microseconds instead), `sum(bigint)` without a
// cast, orders that leave nulls to chance. Any error but ErrNoRows ends the
// Tx, because it does so on PostgreSQL.
package db
