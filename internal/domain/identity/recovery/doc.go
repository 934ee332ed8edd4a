// Package recovery decides who gets back in after losing what they sign in
// with, and what may be done on the way: the rules that the door follows, with
// no I/O, and the record of each recovery and of the hold after it.
//
// A recovery never tells the hall more of who somebody is: it changes no
// evidence, and what it opens is as strong as what was shown for it.
package recovery
