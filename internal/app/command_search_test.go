package app

import (
	"context"
	"os"
	"slices"
	"strings"
	"testing"

	"balai/internal/spine/db"
	"balai/internal/spine/db/dbtest"
	"balai/internal/spine/locale"
	"balai/internal/spine/search"
)

// questions are what people ask, by need, from test/search/query.yaml.
func questions(t *testing.T) []search.Question {
	t.Helper()
	text, err := os.ReadFile("../../test/search/query.yaml")
	if err != nil {
		t.Fatal(err)
	}
	all, err := search.ReadQuestions(text)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// shareIn is the share of one language's questions that were answered in the
// top three, in percent.
func shareIn(verdicts []search.Verdict, l locale.Lang) float64 {
	found, all := search.Share(verdicts, func(v search.Verdict) bool { return v.Lang == l })
	return 100 * float64(found) / float64(max(all, 1))
}

// TestQuestionsAreAnswered: of the questions in the repository, 95 % of each
// language have their answer in the top three, and of those held out too.
func TestQuestionsAreAnswered(t *testing.T) {
	asked := questions(t)
	if len(asked) < 300 {
		t.Errorf("there are %d questions, not the 300 that were promised", len(asked))
	}
	index, known, err := catalogueIndex()
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range asked {
		for _, id := range q.Want {
			if !known[id] {
				t.Errorf("%q wants %s, which the catalogue does not have", q.Text, id)
			}
		}
	}
	held := slices.DeleteFunc(slices.Clone(asked), func(q search.Question) bool { return !q.HeldOut })
	for name, part := range map[string][]search.Question{"all": asked, "held out": held} {
		verdicts := search.Judge(part, asking(index))
		for _, l := range locale.Langs {
			if got := shareIn(verdicts, l); got < 100*leastShare {
				t.Errorf("%s, %s: %.1f %% in the top three, not %.0f %%", name, l, got, 100*leastShare)
			}
		}
	}
}

// A rival is one way in which PostgreSQL can be asked. Terms are all wanted,
// or any of them; its ranking may count how near the terms stand, and may hold
// a document's length against it.
type rival struct{ name, query, rank string }

var rivals = []rival{
	{"all words, ts_rank", "plainto_tsquery(%c, $1)", "ts_rank(%w, v, q)"},
	{"any word, ts_rank", "replace(plainto_tsquery(%c, $1)::text, '&', '|')::tsquery", "ts_rank(%w, v, q)"},
	{"any word, ts_rank by length", "replace(plainto_tsquery(%c, $1)::text, '&', '|')::tsquery", "ts_rank(%w, v, q, 1)"},
	{"any word, ts_rank_cd", "replace(plainto_tsquery(%c, $1)::text, '&', '|')::tsquery", "ts_rank_cd(%w, v, q)"},
}

// ourWeights are search's weights of fields in PostgreSQL's four classes, from
// D to A: what counts least, summary with agency and moments, keywords, title.
const ourWeights = "'{0.1, 0.25, 0.75, 1}'::real[]"

// statement is the query of a rival under the configuration of a language.
func (r rival) statement(config string) string {
	q := strings.ReplaceAll(r.query, "%c", "'"+config+"'")
	rank := strings.ReplaceAll(r.rank, "%w", ourWeights)
	return `select d.id from (select id, ` + config + ` as v from rival) d, (select ` + q + ` as q) a
		where d.v @@ a.q order by ` + rank + ` desc, d.id limit 3`
}

// configs are PostgreSQL's text configurations; it has none for Malay, and the
// one for Indonesian is the nearest.
var configs = map[locale.Lang]string{locale.Malay: "indonesian", locale.English: "english"}

// TestNotWorseThanPostgres asks PostgreSQL the whole set of questions over the
// same documents: its stemmer, its stop words and its ranking, with our
// weights. Ours is not worse than the best of its ways, in either language,
// and not without our synonyms either, which PostgreSQL has not.
func TestNotWorseThanPostgres(t *testing.T) {
	if !slices.Contains(dbtest.Engines(), "postgres") {
		t.Fatalf("%s names no PostgreSQL to be compared with", dbtest.PG)
	}
	docs, synonyms, err := catalogueDocs()
	if err != nil {
		t.Fatal(err)
	}
	asked := questions(t)
	d := dbtest.Open(t, "postgres")
	loadRival(t, d, docs)
	ours := search.Judge(asked, asking(search.New(docs, synonyms)))
	plain := search.Judge(asked, asking(search.New(docs, nil)))
	for _, l := range locale.Langs {
		t.Logf("%s: ours %.1f %%, ours without synonyms %.1f %%", l, shareIn(ours, l), shareIn(plain, l))
	}
	for _, r := range rivals {
		theirs := search.Judge(asked, func(q search.Question) []string { return askRival(t, d, r, q) })
		for _, l := range locale.Langs {
			got := shareIn(theirs, l)
			t.Logf("%s: PostgreSQL %s, %s: %.1f %%", l, configs[l], r.name, got)
			if got > shareIn(ours, l) || got > shareIn(plain, l) {
				t.Errorf("%s: PostgreSQL finds more", l)
			}
		}
	}
}

// loadRival gives PostgreSQL the services and listings, one vector a language.
func loadRival(t *testing.T, d *db.DB, docs []search.Doc) {
	t.Helper()
	join := func(l locale.Lang, texts ...locale.Text) string {
		var out []string
		for _, one := range texts {
			out = append(out, one.In(l))
		}
		return strings.Join(out, " . ")
	}
	err := d.Write(context.Background(), func(tx *db.Tx) error {
		if _, err := tx.Exec(`create table rival (id text primary key, indonesian tsvector, english tsvector)`); err != nil {
			return err
		}
		for _, one := range docs {
			if one.Kind != foundService && one.Kind != foundListing {
				continue
			}
			if _, err := tx.Exec(`insert into rival (id) values ($1)`, one.ID); err != nil {
				return err
			}
			for l, config := range configs {
				middle := append(append([]locale.Text{one.Summary}, one.Agency...), one.Moments...)
				_, err := tx.Exec(`update rival set `+config+` = setweight(to_tsvector('`+config+`', $1), 'A') || setweight(to_tsvector('`+config+`', $2), 'B')
					|| setweight(to_tsvector('`+config+`', $3), 'C') || setweight(to_tsvector('`+config+`', $4), 'D') where id = $5`,
					join(l, one.Title), join(l, one.Keywords...), join(l, middle...), join(l, one.More...), one.ID)
				if err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// askRival is PostgreSQL's top three for a question.
func askRival(t *testing.T, d *db.DB, r rival, q search.Question) (ids []string) {
	t.Helper()
	err := d.Read(context.Background(), func(tx *db.Tx) error {
		rows, err := tx.Query(r.statement(configs[q.Lang]), search.Clean(q.Text))
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var id string
			if err := rows.Scan(&id); err != nil {
				return err
			}
			ids = append(ids, id)
		}
		return rows.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	return ids
}
