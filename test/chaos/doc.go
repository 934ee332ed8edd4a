// Package chaos breaks a hall while a country uses it, and then counts: people
// of the demo country fill in and send a change of address, officers check and
// decide what no rule may, and meanwhile processes are killed with -9 every few
// seconds, the disk runs full, PostgreSQL crashes and comes back.
//
// What is counted afterwards needs none of the hall's own promises: every answer
// that was acknowledged is where it belongs, every person who sent has one case,
// every act that an officer was told of is there once, every receipt's proof
// stands against a signed head, every head ever published is a beginning of the
// journal, no message stands twice, no officer was answered with an error of the
// hall's own, and the doctor finds every act in the journal and every file whole.
// A run in which nothing broke has failed.
//
// TestPayments does the same to money: a bank that loses, doubles, mixes up and
// falsifies what it tells, and cuts its lines after the debit. Afterwards each
// debit in the bank's own database is a receipt or has gone back, both books hold
// the same sen, and what was heard of each payment fits with one order of events
// (porcupine). `make chaos-payments` runs it with 100,000; what payers do is drawn
// from a seed, and which payments the bank's faults befall from it and from their
// references, which are new in each run.
//
// `make chaos-hall` runs the first with 2,000 people on each database; the suite runs a
// slice of about a minute.
package chaos
