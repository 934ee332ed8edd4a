// Package letter reaches on paper whom no mail and no telephone reaches.
//
// A letter is queued in the transaction of the message that it carries. What a
// person is told of one case until the letter leaves is one letter. It leaves
// with the batch of a day, once: the batch's letters are chosen in one commit
// and their names and addresses frozen, the files are drawn from what cannot
// change any more and kept, and a last commit says that they are posted. Where
// that is cut off, the next run goes on with the same letters; the same day
// gives the same files again.
//
// A counter prints a letter at once and hands it over. Each print of a person's
// letter by somebody else is a look on record. Anybody can check that a letter
// in hand is real, and learns nothing of what it says.
package letter
