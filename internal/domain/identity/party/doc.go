// Package party is the console of relying parties: where an agency's team
// registers a program that signs people in, tries it in the sandbox within the
// minute and alone, and where the agency's digital officer lets it go live. The
// clients themselves are op's.
package party
