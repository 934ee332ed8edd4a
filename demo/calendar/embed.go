// Package calendar carries the public holidays of Malaysia's 13 states and 3
// federal territories, 1952 to 2050: one JSON file per state (ISO 3166-2:MY),
// taken unchanged from vacanza/holidays (MIT, see LICENSE), and name.yaml with
// the Malay name of each holiday. A gazette changes these files.
package calendar

import "embed"

// Files holds MY_01.json to MY_16.json and name.yaml.
//
//go:embed MY_*.json name.yaml
var Files embed.FS
