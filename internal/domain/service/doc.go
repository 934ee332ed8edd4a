// Package service is where a person deals with the state: a released
// definition, what the registers already hold, a draft, an application, the
// case that it becomes, and what follows from a yes.
//
// The way of one application: Draft (draft.go) keeps each page; Submit
// (submit.go) reads the facts again, evaluates the definition and opens the
// case, all in one transaction; hook.go makes the register entry and the
// certificate of a yes in the transaction that decides; notice.go and offer.go
// do afterwards what may follow.
package service
