package definition

import "io/fs"

// Problem is one fault of a definition, where it stands.
type Problem struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Reason string `json:"reason"`
}

// Load reads and lints a catalogue: law.yaml, register.yaml, role.yaml,
// life-event.yaml and a folder AGENCY/SERVICE for each service. A service with
// a problem is never in the result, so it can never reach a citizen.
func Load(fsys fs.FS) (*Catalogue, []Problem) { return load(fsys) }
