// Package calendar knows on which days the offices of a state work, and
// counts a service's deadline by them. It does no I/O after Load: the due date
// is a pure function of a calendar and a ledger of spans, so that anybody can
// recompute it (docs/deadline.md says how).
package calendar
