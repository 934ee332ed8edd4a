// Package protection keeps people from being found through the hall: after
// violence in the family, after an adoption, as a witness.
//
// An order of protection is made by a named post, on the order of a court. While
// it stands, three things follow, and other parts ask this one for them:
//
//   - Whoever does not live with the person cannot learn from a register where
//     they are (Hides), however they are related; who is named in the order
//     cannot even from the same household.
//   - An officer with a case of theirs sees no address, no telephone and no
//     paper (Sealed), until a protection officer opens that case to that
//     officer, for a day, for a reason that the person can read.
//   - In the list of who accessed somebody else's data, an act that also
//     concerns the person names no office and no case.
//
// Each order, request and opening is an act with its leaf, about the protected
// person alone: the other side of an order learns nothing from it.
package protection
