// Package demo is the demo country as text: its public bodies and officers,
// the personas whose stories the demo tells, what happened in the last six
// months, the names of every community, and
// the postcodes. Package country makes twenty thousand people out of it.
//
// persona/*.yaml hold one family each. What the registers answer about a
// persona follows from the file, name for name (see package register):
//
//	person.X     mother.X and applicant.X      husband.X  father.X
//	marriage.X   marriage.X                    notice.X   birth_notice.X
//	household.X  household.X                   bank.name  bank.name
//	bank.account bank.account_tail (last four) children   child.* (the youngest)
//
// Dates may be relative: today-5d. A child's id number is its birthday, the
// place code and its serial. Every number carries place code 00, every
// telephone begins 013-0 and every address of mail ends in contoh.example:
// none of them is assigned to anybody.
package demo

import "embed"

// Files hold agency.yaml, officer.yaml, persona/*.yaml, past/*.yaml, walk.yaml
// and name/*.yaml.
//
//go:embed agency.yaml officer.yaml persona/*.yaml past/*.yaml walk.yaml name/*.yaml
var Files embed.FS
