// Package offline is the counter without a network: a pack that is taken along,
// the log of forms that were filled in, and the reading of it back.
//
// A pack is a zip: the signed manifest, the release of one service as it is, a
// form that a browser opens from the disk, and nothing about anybody. A log is
// lines of JSON. Each line carries an entry as text and the SHA-256 of exactly
// that text; each entry names the hash before it, so that what is cut out,
// changed or missing is seen. `balai offline fill` writes the log; the form in
// the pack makes the same lines where no program may run.
//
// Nothing here decides anything: the hall makes the cases (service.Reconcile).
package offline
