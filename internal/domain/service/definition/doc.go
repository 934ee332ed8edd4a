// Package definition reads services: folders of text that an agency's team
// writes, lints, tests, previews and releases. A definition decides for each
// set of answers and facts which pages are asked, whether the service can be
// used, what it costs, whether the law lets it be decided at once, who works
// on it by when, and what a yes makes.
//
// Guards, tables and fees are CEL expressions: typed when they are linted,
// bounded in cost, without access to the machine. They see
//
//	answers.NAME    what the person answered on pages that the route reaches
//	GROUP.FIELD     facts that a register holds, such as mother.name, and only
//	                those that service.yaml declares with their legal basis
//	NAME            values that service.yaml derives, in order
//	param.NAME      numbers and words of the variant in force
//	today           the civil date, as "2006-01-02"
//	disputed        names of the facts that the person says are wrong
//	entry.NAME      in certificates only: what the register answered
//
// and the functions days_between(date, date), years_between(date, date),
// region_of(state), town_fits(postcode, town), upper(text) and last(text, count). has(x.y) is false when the person has not
// answered or the register holds nothing; any other use of an absent name
// makes the expression unknown, and an unknown rule decides nothing.
package definition
