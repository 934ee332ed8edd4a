// Package backoffice lets an agency keep its cases in a system of its own and
// still have them in the hall: the person finds them in the same inbox, list
// and search as everything else, marked with whose system they are from.
//
// An agency's system proves itself by a key (Caller). It hands in cases,
// messages, documents and what it holds about a person; each is an act with
// its leaf, once however often it is sent. What the person does here (a reply,
// a withdrawal, an application in a service of that agency) is an event for
// that system, signed and sent at least once, and kept so that it can be
// fetched or sent again.
//
// A reference is the agency's own: two agencies may use the same one, and
// neither sees the other's. The case's person never changes.
package backoffice
