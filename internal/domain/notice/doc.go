// Package notice sends what agencies' own systems ask for: e-mails, text
// messages and letters, by GOV.UK Notify's v2 protocol, so that its clients
// work with this hall unmodified. docs/notify.md is for who writes such a
// system; docs/divergences.md says where we depart from Notify.
//
// An agency has one service and any number of keys. What may be said is a
// template: text of the catalogue, reviewed like a service, in both languages.
// The values that a system puts in can bring neither a link nor a line of their
// own. A notification is accepted in one commit with its journal leaf and the
// job that sends it, and its content is destroyed some days later.
package notice
