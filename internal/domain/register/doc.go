// Package register keeps the base registers that the hall's services stand on:
// persons, marriages, hospital notices of birth, births, households, payees
// and aids in payment. A value that the state holds is asked of nobody again.
//
// # Facts
//
// Facts answers, for one person, a flat map of dotted names. The registers and
// what each serves ("from" in a service definition; a longer name such as
// population.person.name asks for the same register):
//
//	population.person   mother.* applicant.*  name id_number citizenship born_on
//	                    address postcode city state phone email occupation
//	population.marriage marriage.registered marriage.number marriage.married_on
//	                    father.name father.id_number father.citizenship father.born_on
//	health.birth_notice birth_notice.number born_on born_at sex weight_g hospital
//	                    state region plurality order matches
//	population.birth    child.name child.id_number child.born_on child.citizenship
//	welfare.household   household.monthly_income_cents members children as_of
//	finance.payee       bank.name bank.account_tail
//
// Values are string, int64 or bool; dates are "2006-01-02", states ISO 3166-2:MY
// codes. What a register does not hold is not in the map. applicant is the
// person; mother is the person where she is a woman and the wife where he is a
// married man (either parent may register; of her he is told only name, id number,
// citizenship and birthday); father is the mother's husband on
// the birth date; the notice is the mother's oldest one not yet registered; the
// child is the applicant's youngest registered one without the aid.
//
// # Entries
//
// Enter makes an entry of population.birth from these values (names of the
// outcome's map in a service definition), * required:
//
//	child_name* born_on* sex* citizenship* state* mother (her id number; else
//	the notice's mother, else the first of Subjects) born_at weight_g place
//	notice (its number) father (his id number) father_name
//
// and of welfare.child_aid from
//
//	child* (the child's id number) monthly_cents* account_tail bank
//	payee (an id number; else the child's mother)
//
// An entry is never overwritten: Correct keeps the old value with the days
// between which it stood, and tells which cases used it; Void ends an entry
// that should not have been made.
package register
