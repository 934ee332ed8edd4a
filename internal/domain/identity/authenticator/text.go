package authenticator

import "embed"

// Texts are this room's sentences.
//
//go:embed text.yaml
var Texts embed.FS
