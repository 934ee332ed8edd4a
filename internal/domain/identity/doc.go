// Package identity lets a person in: by passkey, by an invitation that works
// once, and in the demo country by choosing a person. Who acts afterwards is
// spine/actor's.
//
// Nothing typed is lost at the door: a form that is sent after the session
// ended is kept for its sender and carried out after sign-in.
package identity
