package proof

import "slices"

// Kinds of evidence.
const (
	RegistryMatch = "registry_match" // name and number are those of one living person
	ContactCode   = "contact_code"   // a code reached the contact on record
	Vouch         = "vouch"          // somebody in office, named, knows the person
	BirthEntry    = "birth_entry"    // what the person says is what the register of births says
	PhotoCompared = "photo_compared" // the face is that of a photograph the state holds
	MyKadSeen     = "mykad_seen"
	PassportSeen  = "passport_seen"
	MyKadChip     = "mykad_chip" // the card's chip answered the reader
	Thumbprint    = "thumbprint" // the thumb matched the print on the card
)

// Channels by which evidence comes.
const (
	AtCounter    = "counter"
	FromAfar     = "remote"
	FromRegister = "registry"
)

// Strengths of a piece of evidence, after the classes of NIST SP 800-63A-4.
const (
	Weak     = 1
	Fair     = 2
	Strong   = 3
	Superior = 4
)

// Kind is what a kind of evidence is worth.
type Kind struct {
	Name     string
	Strength int
	Channels []string
	// Most is the highest level in which the kind has a part.
	Most int
	// Document: a paper with a photograph that was compared with the face.
	Document bool
	// Pair: one of two independent pieces that stand in the place of a document.
	Pair bool
	// Years is how long it counts; 0 is without end.
	Years int
}

// kinds is the whole table; Level has no other knowledge of kinds.
var kinds = []Kind{
	{Name: RegistryMatch, Strength: Weak, Channels: []string{FromRegister}, Most: 1},
	{Name: ContactCode, Strength: Fair, Channels: []string{FromAfar}, Most: 1, Years: 2},
	{Name: MyKadSeen, Strength: Strong, Channels: []string{AtCounter}, Most: 2, Document: true, Years: 10},
	{Name: PassportSeen, Strength: Strong, Channels: []string{AtCounter}, Most: 2, Document: true, Years: 5},
	{Name: MyKadChip, Strength: Superior, Channels: []string{AtCounter}, Most: 3, Years: 10},
	{Name: Thumbprint, Strength: Superior, Channels: []string{AtCounter}, Most: 3, Years: 10},
	{Name: PhotoCompared, Strength: Fair, Channels: []string{AtCounter}, Most: 2, Pair: true, Years: 10},
	{Name: BirthEntry, Strength: Fair, Channels: []string{AtCounter}, Most: 2, Pair: true, Years: 10},
	{Name: Vouch, Strength: Fair, Channels: []string{AtCounter}, Most: 2, Pair: true, Years: 2},
}

// KindOf finds a kind in the table.
func KindOf(name string) (Kind, bool) {
	i := slices.IndexFunc(kinds, func(k Kind) bool { return k.Name == name })
	if i < 0 {
		return Kind{}, false
	}
	return kinds[i], true
}

// Kinds is the table, those of a counter in the order in which an officer is
// asked for them.
func Kinds() []Kind { return slices.Clone(kinds) }
