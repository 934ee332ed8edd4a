// Package directory knows the state's bodies: federal, state and local
// agencies, their offices (units), the posts in them, and who holds which post
// from when until when.
//
// Rights hang on posts, never on people: a person acts in a post only while
// the directory says that they hold it, so that a leaver loses it at once.
// A first administrator fills the directory from spreadsheets (Preview, then
// ImportTx); the demo fills it with LoadTx.
package directory
