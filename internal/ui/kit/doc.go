// Package kit shows every component of the interface kit in its states, for
// the judges and for whoever builds a page. The demo serves it.
package kit

import "embed"

// Texts holds the samples' sentences.
//
//go:embed text.yaml
var Texts embed.FS
