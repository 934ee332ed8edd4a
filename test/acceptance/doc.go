// Package acceptance judges the real binary over HTTP: the contract with
// outside programs, what survives a kill, and who reaches which route.
package acceptance
