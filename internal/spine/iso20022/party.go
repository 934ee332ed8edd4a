package iso20022

import "strings"

// Account is an account by its number, which is an IBAN or another.
type Account struct {
	IBAN, Other string
	Name        string
	Currency    string
}

// Number is the account's, of whichever kind.
func (a Account) Number() string {
	if a.IBAN != "" {
		return a.IBAN
	}
	return a.Other
}

// Agent is a bank: by its BIC, by its number in a clearing system, or by its name.
type Agent struct{ BIC, Member, Name string }

// Party is somebody who pays or is paid.
type Party struct {
	Name    string
	Account Account
	Agent   Agent
}

// account reads an Acct.
func (r *reader) account(n *node) (a Account) {
	if n == nil {
		return a
	}
	a = Account{IBAN: r.text(n, "Id", "IBAN"), Name: r.text(n, "Nm"), Currency: r.text(n, "Ccy")}
	if a.IBAN == "" {
		a.Other = r.text(n, "Id", "Othr", "Id")
	}
	return a
}

// agent reads what holds a FinInstnId.
func (r *reader) agent(n *node) Agent {
	if n == nil {
		return Agent{}
	}
	if n = r.one(n, "FinInstnId"); n == nil {
		return Agent{}
	}
	bic := r.text(n, "BICFI")
	if bic == "" {
		bic = r.text(n, "BIC") // as older versions call it
	}
	return Agent{BIC: bic, Member: r.text(n, "ClrSysMmbId", "MmbId"), Name: r.text(n, "Nm")}
}

// remittance reads a RmtInf: what is free, and the creditor's references.
func (r *reader) remittance(n *node) (free, reference string) {
	if n == nil {
		return "", ""
	}
	var lines, references []string
	for _, u := range r.all(n, "Ustrd") {
		lines = append(lines, u.text)
	}
	for _, s := range r.all(n, "Strd") {
		if ref := r.text(s, "CdtrRefInf", "Ref"); ref != "" {
			references = append(references, ref)
		}
		for _, more := range r.all(s, "AddtlRmtInf") {
			lines = append(lines, more.text)
		}
	}
	return strings.Join(lines, "\n"), strings.Join(references, "\n")
}
