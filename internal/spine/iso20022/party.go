package iso20022

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
