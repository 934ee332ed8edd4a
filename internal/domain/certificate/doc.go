// Package certificate issues what a decision earns: a numbered certificate
// with a code that nobody can guess, as a signed PDF file and as a page, and
// answers anybody who holds one whether it stands.
//
// The number, the code and the public record are made in the transaction of
// the decision (IssueTx); the file follows as a job, and the case is told when
// it is there. A certificate is never changed: a correction revokes it and
// issues another that takes its place.
//
// Paper draws the file, seal signs and verifies it; both are without I/O.
package certificate
