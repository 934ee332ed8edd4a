// Package catalogue carries the service definitions of the hall: text only.
package catalogue

import "embed"

// FS holds law.yaml, register.yaml, role.yaml, life-event.yaml, a listing.yaml
// per agency that has services outside, and a folder per agency and service.
//
//go:embed *.yaml */listing.yaml */*/*.yaml */*/cases/*.yaml
var FS embed.FS
