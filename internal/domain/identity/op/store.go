package op

import (
	"embed"
	"encoding/json"
	"errors"

	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"github.com/luikyv/go-oidc/pkg/goidc"
)

//go:embed migration
var migration embed.FS

// Migration makes the provider's tables.
func Migration() db.Migration {
	return db.Migration{Part: "op", FS: migration}
}

// insertOnce marks something as used; fresh is false where it was before.
func insertOnce(tx *db.Tx, id string, expires int64) (fresh bool, err error) {
	n, err := tx.Exec(`insert into op_once (id, expires_at) values ($1,$2) on conflict (id) do nothing`, id, expires)
	return n == 1, err
}

// insertTwice marks two things as used in one go, as a token's request has them.
func insertTwice(tx *db.Tx, a string, aExpires int64, b string, bExpires int64) (fresh bool, err error) {
	n, err := tx.Exec(`insert into op_once (id, expires_at) values ($1,$2), ($3,$4) on conflict (id) do nothing`, a, aExpires, b, bExpires)
	return n == 2, err
}

// A row of op_request: see the migration.
type request struct {
	ID, Realm, Client                   string
	Pushed, Callback, Code, Backchannel string // hashes
	Person                              string // who is asked, until they have answered
	Of, By                              string // whose yes it has, and who said it
	Data                                string
	ExpiresAt                           int64
}

// saveRequest writes a request that is new, or one that has not got its code
// yet: what was decided on once is not decided on again. A pushed name that was
// used does not come back.
func saveRequest(tx *db.Tx, r request) (bool, error) {
	n, err := tx.Exec(`insert into op_request (id, realm, client, pushed, opened, callback, code, backchannel, person, given_of, given_by, data, expires_at)
		values ($1,$2,$3,$4,'',$5,$6,$7,$8,$9,$10,$11,$12)
		on conflict (id) do update set callback = excluded.callback, code = excluded.code, given_of = excluded.given_of, given_by = excluded.given_by,
		data = excluded.data, expires_at = excluded.expires_at
		where op_request.code = ''`, r.ID, r.Realm, r.Client, r.Pushed, r.Callback, r.Code, r.Backchannel, r.Person, r.Of, r.By, r.Data, r.ExpiresAt)
	return n == 1, err
}

// goOnRequest writes a request that was there, while it is and has no code.
func goOnRequest(tx *db.Tx, r request) (bool, error) {
	n, err := tx.Exec(`update op_request set callback = $2, code = $3, given_of = $4, given_by = $5, data = $6, expires_at = $7 where id = $1 and code = ''`,
		r.ID, r.Callback, r.Code, r.Of, r.By, r.Data, r.ExpiresAt)
	return n == 1, err
}

// usePushed takes a pushed request up: of many, one gets it.
func usePushed(tx *db.Tx, realm, client, pushed string, at int64) (data string, err error) {
	err = tx.QueryRow(`update op_request set pushed = '', opened = pushed where pushed = $1 and realm = $2 and client = $3 and expires_at > $4 returning data`,
		pushed, realm, client, at).Scan(&data)
	return data, err
}

// openedBy tells whether a request's page was opened by a pushed name.
func openedBy(tx *db.Tx, realm, client, callback, pushed string, at int64) (bool, error) {
	var n int64
	err := tx.QueryRow(`select count(*) from op_request where callback = $1 and opened = $2 and realm = $3 and client = $4 and expires_at > $5`,
		callback, pushed, realm, client, at).Scan(&n)
	return n == 1, err
}

// requestBy reads a request by the hash of one of its names.
func requestBy(tx *db.Tx, name, realm, value string, at int64) (data string, err error) {
	var q string
	switch name {
	case "callback":
		q = `select data from op_request where callback = $1 and realm = $2 and expires_at > $3`
	case "code":
		q = `select data from op_request where code = $1 and realm = $2 and expires_at > $3`
	default:
		q = `select data from op_request where backchannel = $1 and realm = $2 and expires_at > $3`
	}
	err = tx.QueryRow(q, value, realm, at).Scan(&data)
	return data, err
}

func deleteRequest(tx *db.Tx, id string) (bool, error) {
	n, err := tx.Exec(`delete from op_request where id = $1`, id)
	return n == 1, err
}

// waiting lists the requests by telephone that a person has not answered, the
// newest first.
func waiting(tx *db.Tx, person string, at int64) ([]request, error) {
	return db.List(tx, func(s db.Scanner) (r request, err error) {
		return r, s.Scan(&r.ID, &r.Realm, &r.Client, &r.Data, &r.ExpiresAt)
	}, `select id, realm, client, data, expires_at from op_request where person = $1 and person <> '' and expires_at > $2 order by expires_at desc, id`, person, at)
}

// forgetCall takes a request by telephone from its person: it waits like one
// for nobody.
func forgetCall(tx *db.Tx, id string) error {
	_, err := tx.Exec(`update op_request set person = '' where id = $1`, id)
	return err
}

// polled notes that a program asks for an answer; false where it did so less
// than an interval ago.
func polled(tx *db.Tx, backchannel string, at, interval int64) (bool, error) {
	n, err := tx.Exec(`update op_request set polled_at = $2 where backchannel = $1 and polled_at <= $3`, backchannel, at, at-interval)
	return n == 1, err
}

// answer writes a person's answer, once.
func answer(tx *db.Tx, id, person, data string, at int64) (bool, error) {
	n, err := tx.Exec(`update op_request set person = '', given_of = $2, given_by = $2, data = $3 where id = $1 and person = $2 and person <> '' and expires_at > $4`,
		id, person, data, at)
	return n == 1, err
}

// deleteGiven ends what a person said yes to, or another for them, and the
// program has not fetched: of one client and one principal, or of all where it
// is "".
func deleteGiven(tx *db.Tx, person, client, principal string) (int64, error) {
	return tx.Exec(`delete from op_request where (given_of = $1 or given_by = $1) and ($2 = '' or client = $2) and ($3 = '' or given_of = $3)`,
		person, client, principal)
}

const clientCols = `id, agency, profile, state, version, data, made_at`

func scanClient(s db.Scanner) (c Client, err error) {
	var data string
	if err = s.Scan(&c.ID, &c.Agency, &c.Profile, &c.State, &c.Version, &data, &c.MadeAt); err == nil {
		err = json.Unmarshal([]byte(data), &c)
	}
	return c, err
}

// ClientByID reads one client; Missing where there is none.
func ClientByID(tx *db.Tx, id string) (Client, error) {
	c, err := db.One(tx, scanClient, `select `+clientCols+` from op_client where id = $1`, id)
	if errors.Is(err, db.ErrNoRows) {
		err = fault.New(fault.Missing, "web.error.missing")
	}
	return c, err
}

// markOf reads whether a client may be served; db.ErrNoRows where there is none.
func markOf(tx *db.Tx, id string) (c clientMark, err error) {
	err = tx.QueryRow(`select profile, state, version, changed_at from op_client where id = $1`, id).Scan(&c.Profile, &c.State, &c.Version, &c.ChangedAt)
	return c, err
}

// ClientsOf lists an agency's clients, the newest first; "" is every agency's.
func ClientsOf(tx *db.Tx, agency string) ([]Client, error) {
	if agency == "" {
		return db.List(tx, scanClient, `select `+clientCols+` from op_client order by made_at desc, id limit 500`)
	}
	return db.List(tx, scanClient, `select `+clientCols+` from op_client where agency = $1 order by made_at desc, id limit 500`, agency)
}

// SaveClientTx writes a client that is new, or the next version of one that
// nobody has changed since it was read; else Conflict.
func (o *OP) SaveClientTx(tx *db.Tx, c Client) error {
	data, err := json.Marshal(c)
	if err != nil {
		return err
	}
	n, err := tx.Exec(`insert into op_client (id, agency, profile, state, version, data, made_at, changed_at) values ($1,$2,$3,$4,1,$5,$6,$6)
		on conflict (id) do update set state = excluded.state, version = op_client.version + 1, data = excluded.data, changed_at = excluded.changed_at
		where op_client.version = $7`, c.ID, c.Agency, c.Profile, c.State, string(data), o.now(), c.Version)
	if err == nil && n == 0 {
		err = fault.New(fault.Conflict, "op.error.changed")
	}
	return err
}

// A row of op_grant.
type grantRow struct {
	ID, Realm, Client, Person, Delegate, SignIn string
	Refresh, Code                               string // hashes
	Data                                        string
	ExpiresAt                                   int64
}

func (o *OP) insertGrant(tx *db.Tx, g grantRow) error {
	_, err := tx.Exec(`insert into op_grant (id, realm, client, person, delegate, sign_in, refresh, code, data, made_at, expires_at) values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11)`,
		g.ID, g.Realm, g.Client, g.Person, g.Delegate, g.SignIn, g.Refresh, g.Code, g.Data, o.now(), g.ExpiresAt)
	return err
}

// renewGrant writes a grant that is there; what was ended meanwhile does not
// come back.
func renewGrant(tx *db.Tx, g grantRow) (bool, error) {
	n, err := tx.Exec(`update op_grant set data = $2, expires_at = $3 where id = $1`, g.ID, g.Data, g.ExpiresAt)
	return n == 1, err
}

// grantBy reads a grant that stands by its id or the hash of its refresh token.
func grantBy(tx *db.Tx, realm, id, refresh string) (data string, err error) {
	if refresh != "" {
		err = tx.QueryRow(`select data from op_grant where refresh = $1 and realm = $2`, refresh, realm).Scan(&data)
	} else {
		err = tx.QueryRow(`select data from op_grant where id = $1 and realm = $2`, id, realm).Scan(&data)
	}
	return data, err
}

// replayed ends the grants of a code that somebody sends again: another client,
// or the same later than a retry would come.
func replayed(tx *db.Tx, realm, code, client string, before int64) error {
	const which = `from op_grant where code = $1 and realm = $2 and (client <> $3 or made_at < $4)`
	if _, err := tx.Exec(`delete from op_token where given in (select id `+which+`)`, code, realm, client, before); err != nil {
		return err
	}
	_, err := tx.Exec(`delete `+which, code, realm, client, before)
	return err
}

func insertToken(tx *db.Tx, id, given, data string, expires int64) error {
	_, err := tx.Exec(`insert into op_token (id, given, data, expires_at) values ($1,$2,$3,$4)`, id, given, data, expires)
	return err
}

// tokenBy reads a token whose grant stands, the state of its client, and the
// grant itself where somebody acts for another.
func tokenBy(tx *db.Tx, realm, id string) (data, state, acting string, err error) {
	err = tx.QueryRow(`select t.data, c.state, case when g.delegate <> '' then g.data else '' end
		from op_token t join op_grant g on g.id = t.given join op_client c on c.id = g.client
		where t.id = $1 and g.realm = $2`, id, realm).Scan(&data, &state, &acting)
	return data, state, acting, err
}

func deleteToken(tx *db.Tx, id string) error {
	_, err := tx.Exec(`delete from op_token where id = $1`, id)
	return err
}

func deleteTokensOf(tx *db.Tx, grant string) error {
	_, err := tx.Exec(`delete from op_token where given = $1`, grant)
	return err
}

func deleteGrant(tx *db.Tx, id string) error {
	_, err := tx.Exec(`delete from op_grant where id = $1`, id)
	return err
}

// A standing grant as those who end it need it: whom to tell.
type standing struct{ ID, Realm, Client, Person, SignIn, Data string }

func scanStanding(s db.Scanner) (g standing, err error) {
	return g, s.Scan(&g.ID, &g.Realm, &g.Client, &g.Person, &g.SignIn, &g.Data)
}

// grantsWhere lists grants by one of their owners: person, sign_in, client.
func grantsWhere(tx *db.Tx, owner, value string) ([]standing, error) {
	const cols = `select id, realm, client, person, sign_in, data from op_grant where `
	switch owner {
	case "person":
		return db.List(tx, scanStanding, cols+`person = $1 or delegate = $1`, value)
	case "sign_in":
		return db.List(tx, scanStanding, cols+`sign_in = $1 and sign_in <> ''`, value)
	}
	return db.List(tx, scanStanding, cols+`client = $1`, value)
}

// moveSignIn hands what came of one sign-in to the one that took its place.
func moveSignIn(tx *db.Tx, from, to string) error {
	_, err := tx.Exec(`update op_grant set sign_in = $2 where sign_in = $1`, from, to)
	return err
}

// A Consent is what a person lets a client know without being asked again, of
// themself or of whom they act for.
type Consent struct {
	Person, Client, Principal string
	Scopes                    []string
	MadeAt, UntilAt           int64
}

const consentCols = `person, client, principal, scopes, made_at, until_at`

func scanConsent(s db.Scanner) (c Consent, err error) {
	var scopes string
	if err = s.Scan(&c.Person, &c.Client, &c.Principal, &scopes, &c.MadeAt, &c.UntilAt); err == nil {
		err = json.Unmarshal([]byte(scopes), &c.Scopes)
	}
	return c, err
}

// consentsOf lists what a person lets programs know, the newest first.
func consentsOf(tx *db.Tx, person string, at int64) ([]Consent, error) {
	return db.List(tx, scanConsent, `select `+consentCols+` from op_agreement where person = $1 and until_at > $2 order by made_at desc, client, principal`, person, at)
}

func saveConsent(tx *db.Tx, c Consent) error {
	scopes, err := json.Marshal(c.Scopes)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`insert into op_agreement (`+consentCols+`) values ($1,$2,$3,$4,$5,$6)
		on conflict (person, client, principal) do update set scopes = excluded.scopes, made_at = excluded.made_at, until_at = excluded.until_at`,
		c.Person, c.Client, c.Principal, string(scopes), c.MadeAt, c.UntilAt)
	return err
}

func deleteConsent(tx *db.Tx, person, client, principal string) (bool, error) {
	n, err := tx.Exec(`delete from op_agreement where person = $1 and client = $2 and principal = $3`, person, client, principal)
	return n > 0, err
}

// A keyRow is one of a provider's keys, sealed.
type keyRow struct {
	ID, Realm, Alg, State string
	Sealed                []byte
	MadeAt, UntilAt       int64
}

func scanKey(s db.Scanner) (k keyRow, err error) {
	return k, s.Scan(&k.ID, &k.Realm, &k.Alg, &k.State, &k.Sealed, &k.MadeAt, &k.UntilAt)
}

// keysOf lists a provider's keys: the current one, the next, the old ones.
func keysOf(tx *db.Tx, realm string, at int64) ([]keyRow, error) {
	return db.List(tx, scanKey, `select id, realm, alg, state, sealed, made_at, until_at from op_key where realm = $1 and (until_at = 0 or until_at > $2)
		order by case state when 'current' then 0 when 'next' then 1 else 2 end, made_at desc, id`, realm, at)
}

func insertKey(tx *db.Tx, k keyRow) error {
	_, err := tx.Exec(`insert into op_key (id, realm, alg, state, sealed, made_at, until_at) values ($1,$2,$3,$4,$5,$6,0)`, k.ID, k.Realm, k.Alg, k.State, k.Sealed, k.MadeAt)
	return err
}

func setKey(tx *db.Tx, realm, from, to string, until int64) error {
	_, err := tx.Exec(`update op_key set state = $3, until_at = $4 where realm = $1 and state = $2`, realm, from, to, until)
	return err
}

// sweeps are what has expired, a piece at a time: a busy hall gives thousands of
// tokens a minute, and whoever writes waits for one piece only.
var sweeps = []string{
	`delete from op_once where id in (select id from op_once where expires_at <= $1 order by expires_at limit 1000)`,
	`delete from op_request where id in (select id from op_request where expires_at <= $1 order by expires_at limit 1000)`,
	`delete from op_token where id in (select id from op_token where expires_at <= $1 order by expires_at limit 1000)`,
	`delete from op_grant where id in (select id from op_grant where expires_at <= $1 order by expires_at limit 1000)`,
	`delete from op_agreement where until_at <= $1`,
	`delete from op_key where until_at > 0 and until_at <= $1`,
}

// sweep drops one piece of one kind.
func sweep(tx *db.Tx, kind string, at int64) (int64, error) { return tx.Exec(kind, at) }

// notFound turns no rows into what the library looks for.
func notFound(err error) error {
	if errors.Is(err, db.ErrNoRows) {
		return goidc.ErrNotFound
	}
	return err
}
