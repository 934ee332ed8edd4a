// Package casework is the case engine: what a person applied for goes through
// states by acts, each act by somebody who may, under a deadline that anybody
// can recompute.
//
// Every act is one transaction: the case's new state, a casework_act row, a
// journal leaf and an outbox event case.KIND. What a yes means (a register
// entry, a certificate) is the service's, through a Hook in the same
// transaction.
//
//	received -> checking -> (waiting) -> deciding -> approved | refused | withdrawn -> issued -> closed
//
// The engine defends its own invariants whoever calls it: roles, four eyes,
// conflicts of interest, reasons, versions. Policies in front of it decide
// who may know of a case at all.
package casework
