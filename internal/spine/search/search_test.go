package search

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"balai/internal/spine/locale"
	"pgregory.net/rapid"
)

func doc(id, ms, en string, words ...string) Doc {
	d := Doc{Kind: "service", ID: id, Title: locale.Text{MS: ms, EN: en}}
	for _, w := range words {
		d.Keywords = append(d.Keywords, locale.Same(w))
	}
	return d
}

func shelf() []Doc {
	return []Doc{
		doc("birth", "Daftar kelahiran", "Register a birth"),
		doc("death", "Daftar kematian", "Register a death"),
		doc("ic", "Ganti kad pengenalan", "Replace an identity card", "MyKad"),
		doc("scholarship", "Permohonan biasiswa", "Apply for a scholarship"),
		doc("flood", "Bantuan banjir", "Flood relief"),
		doc("child", "Bantuan kanak-kanak", "Child aid"),
		doc("lost", "Apa yang perlu dibuat", "What to do"),
		doc("spm", "Salinan sijil SPM", "Copy of an SPM certificate"),
	}
}

func synonyms(t testing.TB) *Synonyms {
	s, err := ReadSynonyms([]byte("synonyms:\n  - {say: [surat beranak], mean: [daftar kelahiran]}\n  - {say: [ic], mean: [kad pengenalan]}\n"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func first(r Result) string {
	if len(r.Hits) == 0 {
		return ""
	}
	return r.Hits[0].ID
}

func TestFind(t *testing.T) {
	x := New(shelf(), synonyms(t))
	for _, c := range []struct{ q, want, meant string }{
		{"daftar kelahiran", "birth", ""},
		{"memohon biasiswa", "scholarship", ""}, // memohon and permohonan meet
		{"pemohon", "scholarship", ""},
		{"BIASISWA!", "scholarship", ""},
		{"biasisw", "scholarship", ""},         // only begun
		{"bisiswa", "scholarship", "biasiswa"}, // a letter left out
		{"biassiwa", "scholarship", "biasiswa"},
		{"scholarhsip", "scholarship", "scholarship"},
		{"surat beranak", "birth", ""},
		{"suart beranak", "birth", "surat beranak"}, // corrected, then understood
		{"nak buat surat beranak anak", "birth", ""},
		{"my kad", "ic", ""}, // written apart
		{"mykad", "ic", ""},
		{"ic", "ic", ""},
		{"S.P.M.", "spm", ""},
		{"kanak kanak", "child", ""},
		{"bantuan flood", "flood", ""}, // two languages in one question
		{"registering births", "birth", ""},
		{"biasiswabanjir", "scholarship", "biasiswa banjir"},
		{"yang", "", ""},
		{"what to do", "", ""}, // a title says it
		{"qqqqqq", "", ""},
		{"", "", ""},
	} {
		for _, l := range locale.Langs { // a question is answered on a page of either language
			r := x.Find(Query{Text: c.q, Lang: l})
			if got := first(r); got != c.want && c.q != "biasiswabanjir" {
				t.Errorf("%q on a page in %s found %q, not %q", c.q, l, got, c.want)
			}
			if r.Meant != c.meant {
				t.Errorf("%q was understood as %q, not %q", c.q, r.Meant, c.meant)
			}
		}
	}
}

func TestKindsAndLimit(t *testing.T) {
	docs := append(shelf(), Doc{Kind: "agency", ID: "jpn", Title: locale.Same("Daftar Negara")})
	x := New(docs, nil)
	if r := x.Find(Query{Text: "daftar", Limit: 1}); len(r.Hits) != 1 || r.Total != 3 {
		t.Errorf("%d hits of %d, not 1 of 3", len(r.Hits), r.Total)
	}
	if r := x.Find(Query{Text: "daftar", Kinds: []string{"agency"}}); r.Total != 1 || first(r) != "jpn" {
		t.Errorf("found %+v among agencies", r)
	}
}

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		"  a \t\n b ": "a b", "a\x00b": "a b", "a\x1b[31mb": "a [31mb", "a\xffb": "a b", "a\u202eb": "a b", "a\u200bb": "a b",
		strings.Repeat("x", 500): strings.Repeat("x", MaxQuery), "cafe\u0301": "café",
	} {
		if got := Clean(in); got != want {
			t.Errorf("Clean(%q) is %q, not %q", in, got, want)
		}
	}
}

// TestOrderOfDocuments: the index is the same in whatever order they came.
func TestOrderOfDocuments(t *testing.T) {
	docs := shelf()
	want := New(docs, synonyms(t))
	for seed := range uint64(20) {
		mixed := append(slices.Clone(docs), docs[0]) // one stands twice
		rand.New(rand.NewPCG(seed, 1)).Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
		got := New(mixed, want.synonyms)
		if got.pool = want.pool; !reflect.DeepEqual(got, want) {
			t.Fatalf("with seed %d the index is another", seed)
		}
	}
}

// TestAnyQuestion: whatever is asked has the same answer twice, in order, and
// its first part is the answer to the same with a lower limit.
func TestAnyQuestion(t *testing.T) {
	x := New(shelf(), synonyms(t))
	rapid.Check(t, func(t *rapid.T) {
		q := Query{Text: rapid.OneOf(rapid.String(), rapid.StringMatching(`(daftar|surat|beranak|ic|flood|mem|bi|ban|jir|[ -.']){1,12}`)).Draw(t, "question"),
			Lang: rapid.SampledFrom(locale.Langs).Draw(t, "lang"), Limit: 100}
		r := x.Find(q)
		if again := x.Find(q); !reflect.DeepEqual(r, again) {
			t.Fatalf("%v, then %v", r, again)
		}
		for i := 1; i < len(r.Hits); i++ {
			if r.Hits[i].Score > r.Hits[i-1].Score {
				t.Fatalf("not in order: %v", r.Hits)
			}
		}
		q.Limit = 2
		if less := x.Find(q); !slices.Equal(less.Hits, r.Hits[:min(2, len(r.Hits))]) || less.Total != r.Total {
			t.Fatalf("%v is not the beginning of %v", less, r)
		}
	})
}

func FuzzFind(f *testing.F) {
	x := New(shelf(), synonyms(f))
	for _, s := range []string{"daftar", "\x00", "a.b.c.", "--", "ﷺ", strings.Repeat("me", 300), "’’", "1.2.3", "İ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, q string) {
		clean := Clean(q)
		if Clean(clean) != clean {
			t.Errorf("%q cleans to %q, which cleans to %q", q, clean, Clean(clean))
		}
		x.Find(Query{Text: q})
	})
}

func TestSlips(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"banjir", "banjir", 0}, {"banjir", "banjer", 1}, {"banjir", "banijr", 1}, {"banjir", "bnjr", 2}, {"banjir", "tikus", 3}} {
		if got := slips(c.a, c.b, 2); got != c.want {
			t.Errorf("%s and %s are %d apart, not %d", c.a, c.b, got, c.want)
		}
		if slips(c.a, c.b, 2) != slips(c.b, c.a, 2) {
			t.Errorf("%s and %s are not as far apart the other way", c.a, c.b)
		}
	}
}

func TestSynonymFaults(t *testing.T) {
	for _, text := range []string{"synonyms:\n  - {say: [], mean: [a]}", "synonyms:\n  - {say: [a]}", "synonyms:\n  - {say: ['!'], mean: [b]}", "words: []", "\x00"} {
		if _, err := ReadSynonyms([]byte(text)); err == nil {
			t.Errorf("%q was read", text)
		}
	}
}

func TestQuestions(t *testing.T) {
	qs, err := ReadQuestions([]byte("needs:\n  - {want: [birth], ms: [surat beranak, daftar lahir, x], en: [birth]}\n"))
	if err != nil || len(qs) != 4 {
		t.Fatalf("%d questions, %v", len(qs), err)
	}
	x := New(shelf(), synonyms(t))
	v := Judge(qs, func(q Question) []string { return []string{first(x.Find(Query{Text: q.Text}))} })
	if found, all := Share(v, func(v Verdict) bool { return v.Lang == locale.Malay }); found != 2 || all != 3 {
		t.Errorf("%d of %d found, not 2 of 3", found, all)
	}
	if found, all := Share(v, func(v Verdict) bool { return v.HeldOut }); found != 0 || all != 1 {
		t.Errorf("%d of %d held out found, not 0 of 1", found, all)
	}
	for _, text := range []string{"needs: []", "needs:\n  - {want: [], ms: [a]}", "needs:\n  - {want: [a]}", "asks: 1"} {
		if _, err := ReadQuestions([]byte(text)); err == nil {
			t.Errorf("%q was read", text)
		}
	}
}

// many are n services of made-up words beside the real ones.
func many(n int) []Doc {
	rng := rand.New(rand.NewPCG(1, 2))
	syllables := strings.Fields("ba be bi ca da di ga ha ja ka ke la li ma me na ni pa pe ra ri sa se ta te tu wa ya")
	vocabulary := make([]string, 8000)
	for i := range vocabulary {
		for range 2 + rng.IntN(3) {
			vocabulary[i] += syllables[rng.IntN(len(syllables))]
		}
	}
	say := func(k int) locale.Text {
		var ms, en []string
		for range k { // a few words are in many texts, most in few
			ms = append(ms, vocabulary[int(float64(len(vocabulary))*rng.Float64()*rng.Float64()*rng.Float64())])
			en = append(en, vocabulary[int(float64(len(vocabulary))*rng.Float64()*rng.Float64())])
		}
		return locale.Text{MS: strings.Join(ms, " "), EN: strings.Join(en, " ")}
	}
	docs := shelf()
	for i := len(docs); i < n; i++ {
		docs = append(docs, Doc{Kind: "service", ID: fmt.Sprintf("a%d/s%d", i%60, i), Title: say(4), Summary: say(18),
			Keywords: []locale.Text{say(6)}, Agency: []locale.Text{locale.Same(fmt.Sprintf("Jabatan %d", i%60))}, Moments: []locale.Text{say(3)}, More: []locale.Text{say(10)}})
	}
	return docs
}
