package op

import (
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// subject is the name by which programs of one sector know a person: the same
// for all of them and each time, and no other sector's (OpenID Connect Core 1.0,
// 8.1). Who has two sectors' names cannot tell that they are one person's.
func (o *OP) subject(r realm, sector, person string) string {
	m := hmac.New(sha256.New, o.pairwise)
	fmt.Fprintf(m, "%s\x00%s", r.sector(sector), person)
	return b64(m.Sum(nil))
}

// sid is the name of a sign-in for one program.
func (o *OP) sid(client, signIn string) string {
	m := hmac.New(sha256.New, o.pairwise)
	fmt.Fprintf(m, "sid\x00%s\x00%s", client, signIn)
	return b64(m.Sum(nil)[:16])
}

const acrPrefix = "urn:balai:acr:"

// acr is a pair of levels as programs ask for it and read it.
func acr(ial, aal int) string { return fmt.Sprintf("%si%da%d", acrPrefix, ial, aal) }

// acrs are those that can be reached: no sign-in of ours is of level 3.
func acrs() []string {
	var out []string
	for ial := range 4 {
		for aal := 1; aal <= 2; aal++ {
			out = append(out, acr(ial, aal))
		}
	}
	return out
}

// levels reads a pair.
func levels(text string) (ial, aal int, ok bool) {
	rest, found := strings.CutPrefix(text, acrPrefix+"i")
	i, a, two := strings.Cut(rest, "a")
	ial, err := strconv.Atoi(i)
	aal, err2 := strconv.Atoi(a)
	return ial, aal, found && two && err == nil && err2 == nil && slices.Contains(acrs(), text)
}

// asked is the least that a request asks for: of the values that it lists, any
// will do, so the lowest; never less than the client's own least.
func asked(c Client, values string) (ial, aal int) {
	least := -1
	for _, v := range strings.Fields(values) {
		i, a, ok := levels(v)
		if ok && (least < 0 || i+a < least) {
			least, ial, aal = i+a, i, a
		}
	}
	return max(ial, c.IAL), max(aal, c.AAL, 1)
}
