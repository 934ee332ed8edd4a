// Package portal is the hall's front: the question at the door, life events,
// the list of services, and the pages that say how the hall works and how
// anybody can check it. It owns no data; what it shows comes from the
// interfaces it declares. Start at Routes.
package portal
