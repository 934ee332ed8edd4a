// Package archtest holds the house's rules that a machine can check: which
// package may import which, where SQL and the clock may be touched, and what
// may never appear in the tree. Its tests print each offender.
package archtest
