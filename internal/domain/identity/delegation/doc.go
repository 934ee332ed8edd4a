// Package delegation answers who may act for whom: a helper of an organisation
// or a carer under a mandate, a parent for a child, somebody whom a court
// appointed, a director for a company and the staff that they name.
//
// A right is asked with each request, so that what has ended has ended. It
// reaches no further than the person for whom it stands and what it is for, and
// nobody passes one on.
package delegation
