package web

import "embed"

// Texts are the sentences of errors that any page can meet.
//
//go:embed text.yaml
var Texts embed.FS
