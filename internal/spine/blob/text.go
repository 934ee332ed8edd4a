package blob

import "embed"

// Texts are the sentences of this package's faults.
//
//go:embed text.yaml
var Texts embed.FS
