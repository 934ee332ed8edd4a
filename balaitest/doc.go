// Package balaitest runs a whole hall for tests, the way a stranger would: the
// real binary on a fresh data folder, talked to over HTTP, killed and started
// again on the same data. Its client speaks the JSON contract.
package balaitest
