// Package journal is the public record under the whole hall: a transparency
// log to which every act of the state is appended in the transaction that does
// the act.
//
// # Entries
//
// An entry of the log is 32 bytes, SHA-256(salt || record), where salt is 32
// random bytes and record is the act's canonical JSON (RFC 8785). The public
// log therefore says nothing about anybody; record and salt stay in the
// database and are shown to those whom they concern (Entry.Receipt). Destroying
// both (Forget) leaves an entry that says nothing to anybody. The record's keys,
// of which empty ones are left out:
//
//	v         1, the version of this format
//	leaf      the leaf's id, a UUIDv7
//	kind      what happened: "case.received", "look", "register.entered" …
//	at        when, in microseconds since 1970, UTC
//	by        who: person, post, agency and the post's title in ms and en
//	case, act the case's reference, and the act's number inside the case
//	subjects  the persons it concerns
//	why       a sentence for them, in ms and en
//	basis     the law it stands on
//	data      whatever else the part wrote down
//
// Order inside a case is the act's number, in the record. The log's order is
// the sequencer's, which gives committed leaves their index and signs a head
// within a second; no act waits for it.
//
// # On the wire
//
// The log is C2SP tlog-tiles (c2sp.org/tlog-tiles) with heads in
// c2sp.org/tlog-checkpoint and proofs in c2sp.org/tlog-proof, so that any
// monitor or auditor for those can stand before it without knowing Balai. The
// tree is RFC 6962's: a leaf's hash is SHA-256(0x00 || entry).
package journal
