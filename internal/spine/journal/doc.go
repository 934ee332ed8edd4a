// Package journal is the public record under the whole hall: a transparency
// log to which every act of the state is appended in the transaction that does
// the act.
//
// A leaf of the log is a salted commitment, SHA-256(salt || record), so that
// the public log says nothing about anybody; the record and its salt stay in
// the database and are shown to those whom they concern. Order inside a case
// is the case's own act number; the log's order is the sequencer's, which
// gives committed leaves their index and signs a head within a second.
//
// On the wire the log is C2SP tlog-tiles (c2sp.org/tlog-tiles) with heads in
// c2sp.org/tlog-checkpoint and receipts in c2sp.org/tlog-proof, so that any
// monitor or auditor for those can stand before it without knowing Balai.
package journal
