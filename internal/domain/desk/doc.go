// Package desk is where officers work: the queue by remaining working time,
// and a case on one screen with the forms of exactly the acts that the engine
// grants this officer on this case now.
//
// Lists show no person's content; they name the applicants of cases that the
// officer has had open. Opening a case records a look before anything is shown;
// who is concerned in the case is shown nothing of it.
//
// The desk's own tables are who is in which case now (presence), and the
// phrases that officers keep. What a case is about, and what an act means, are the
// service part's, through the interfaces in desk.go.
package desk
