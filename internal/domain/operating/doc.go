// Package operating tells how the hall itself is doing, to the public and to
// whoever runs it: each working part now, and the share of the last thirty days
// in which the hall was there. Nothing on the page is written by hand.
//
// One process a minute notes that the hall was there and what it found. A
// minute that nobody noted was one in which it was not, so a hall that was
// down cannot say otherwise.
package operating
