// Package keep is what an operator does to a hall as a whole: make a backup of
// it, restore it from one, move it to another database, and ask what is wrong
// with it. It knows no part: tables are what the migrations say.
//
// A copy has three kinds of end, and one pipe between them: a file
// (spine/archive), SQLite and PostgreSQL (spine/db). Whoever writes a whole hall
// has it alone (spine/hold), leaves a mark in what is half written, and takes
// the mark away in the last commit. A mark makes the hall closed: Enter and
// EnterDB refuse it with a sentence.
package keep
