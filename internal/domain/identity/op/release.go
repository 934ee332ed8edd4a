package op

import (
	"slices"
	"strings"

	"balai/internal/spine/db"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
)

// releaseTx enters in the journal what a token lets a program learn, in the
// transaction that keeps the token. The person finds it where they see who
// accessed their data. since is when they let the program in, in microseconds,
// where it comes again by itself; else 0.
func (o *OP) releaseTx(tx *db.Tx, r realm, client, scopes string, g given, since int64) error {
	if g.Person == "" || r.name != Citizen {
		return nil
	}
	c, err := ClientByID(tx, client)
	if err != nil {
		return err
	}
	subjects := []string{g.Person}
	if g.Delegate != "" {
		subjects = append(subjects, g.Delegate)
	}
	list, basis := c.may(scopes), ""
	if len(list) > 0 {
		w, _ := c.wants(list[0])
		basis = w.Basis
	}
	hidden, err := o.people.Hidden(tx, g.Person)
	if err != nil {
		return err
	}
	agency, err := o.directory.AgencyName(tx, c.Agency)
	if err != nil {
		return err
	}
	told := release{client: c, agency: agency, since: since, own: g.Delegate == ""}
	if told.has, told.lacks, err = o.heldTx(tx, g.Person, shown(list, hidden)); err != nil {
		return err
	}
	by := journal.By{Post: "program", Agency: c.Agency, Title: c.Name}
	if g.Delegate != "" {
		by.Person = g.Delegate
		if by.Name, by.For, err = o.actedFor(tx, g); err != nil {
			return err
		}
	}
	// The scopes are all those that were given: they tell again once no order stands.
	_, err = o.journal.Append(tx, journal.Record{Kind: "claims.released", Subjects: subjects, Basis: basis,
		By:   by,
		Why:  o.releaseWhy(told),
		Data: map[string]any{"client": c.ID, "scopes": strings.Join(list, " "), "acr": acr(g.IAL, g.AAL)}})
	return err
}

// actedFor names who signed in for whom, and by what right, as the journal does.
func (o *OP) actedFor(tx *db.Tx, g given) (name string, f journal.For, err error) {
	if name, err = o.people.NameOf(tx, g.Delegate); err != nil || o.delegations == nil {
		return name, f, err
	}
	c, stands, err := o.delegations.Stands(tx, g.Right, g.Delegate, o.now())
	if stands {
		f = journal.For{Person: c.Principal, Name: c.Name, As: c.Kind, Right: c.ID}
	}
	return name, f, err
}

// scopeWords name what a scope tells.
var scopeWords = map[string]locale.Text{
	"profile": {MS: "nama dan jantina", EN: "name and gender"},
	"birth":   {MS: "tarikh lahir", EN: "date of birth"},
	"address": {MS: "alamat", EN: "address"},
	"email":   {MS: "e-mel", EN: "e-mail address"},
	"phone":   {MS: "nombor telefon", EN: "phone number"},
	"mykad":   {MS: "nombor MyKad", EN: "MyKad number"},
}

// heldTx parts scopes into those of which the registers have something, and the
// others. Only how somebody is reached may be missing of a person.
func (o *OP) heldTx(tx *db.Tx, person string, scopes []string) (has, lacks []string, err error) {
	if !slices.ContainsFunc(scopes, func(s string) bool { return s != "profile" }) {
		return scopes, nil, nil // everybody has a name
	}
	found, err := o.people.Claims(tx, person, scopes)
	if err != nil {
		return nil, nil, err
	}
	for _, s := range scopes {
		if slices.ContainsFunc(claimsOf[s], func(name string) bool { return found[name] != nil }) {
			has = append(has, s)
		} else {
			lacks = append(lacks, s)
		}
	}
	return has, lacks, nil
}

// A release is what the journal says in words of one token.
type release struct {
	client     Client
	agency     locale.Text
	has, lacks []string // scopes of which something is told, and of which nothing is known
	since      int64    // when the program was let in, where it comes again by itself
	own        bool     // nobody acted for the person
}

// releaseWhy says which program of which agency was told what, on which basis,
// and whether anybody was there. What is allowed and not on record is named
// apart: it is told as soon as it is there.
func (o *OP) releaseWhy(r release) locale.Text {
	name := locale.Text{MS: r.client.Name.MS + " (" + r.agency.MS + ")", EN: r.client.Name.EN + " (" + r.agency.EN + ")"}
	why := locale.Text{MS: "Log masuk ke " + name.MS + ".", EN: "Sign-in to " + name.EN + "."}
	if r.since > 0 {
		var words locale.Catalog // dates need none of its sentences
		ms, en := words.For(locale.Malay).Date(clockTime(r.since)), words.For(locale.English).Date(clockTime(r.since))
		who, whoMS := "which was let in on ", "yang dibenarkan masuk pada "
		if r.own {
			who, whoMS = "which you let in on ", "yang anda benarkan masuk pada "
		}
		why = locale.Text{MS: "Dibaca semula oleh " + name.MS + ", " + whoMS + ms + ".", EN: "Read again by " + name.EN + ", " + who + en + "."}
	}
	if len(r.has) == 0 {
		why.MS, why.EN = why.MS+" Tiada butiran dikongsi.", why.EN+" No details were shared."
	}
	for _, part := range byBasis(r.client, r.has) {
		words, on := scopeList(part.scopes), locale.Text{MS: "dengan persetujuan", EN: "by consent"}
		if law, ok := o.directory.Law(part.basis); ok {
			on = locale.Text{MS: "berasaskan " + law.MS, EN: "on the basis of " + law.EN}
		}
		why.MS, why.EN = why.MS+" Dikongsi "+on.MS+": "+words.MS+".", why.EN+" Shared "+on.EN+": "+words.EN+"."
	}
	if len(r.lacks) > 0 {
		words := scopeList(r.lacks)
		why.MS, why.EN = why.MS+" Dibenarkan tetapi tiada dalam rekod: "+words.MS+".", why.EN+" Allowed, but not on record: "+words.EN+"."
	}
	return why
}

type based struct {
	basis  string
	scopes []string
}

// byBasis groups scopes by the law or agreement on which they are told.
func byBasis(c Client, scopes []string) (out []based) {
	for _, s := range scopes {
		w, _ := c.wants(s)
		i := slices.IndexFunc(out, func(b based) bool { return b.basis == w.Basis })
		if i < 0 {
			i, out = len(out), append(out, based{basis: w.Basis})
		}
		out[i].scopes = append(out[i].scopes, s)
	}
	return out
}

func scopeList(scopes []string) locale.Text {
	var ms, en []string
	for _, s := range scopes {
		ms, en = append(ms, scopeWords[s].MS), append(en, scopeWords[s].EN)
	}
	return locale.Text{MS: strings.Join(ms, ", "), EN: strings.Join(en, ", ")}
}
