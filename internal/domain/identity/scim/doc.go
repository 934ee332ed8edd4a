// Package scim lets an agency's own directory of staff say who works there:
// SCIM 2.0 (RFC 7643, RFC 7644). Users are people in the agency's posts, groups
// are its posts.
//
// A key is one agency's and reaches nobody else's people. Who has left loses
// posts, sessions and tokens in the one commit that says so.
package scim
