package main

import "testing"

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		`@charset "UTF-8";.a{b:c}`: `@charset "UTF-8";.a{b:c}`,
		`/*! licence */@font-face{font-family:GDS Transport;src:url(x)}.a{b:c}`: `.a{b:c}`,
		`.a{font-family:GDS Transport,arial,sans-serif}`:                        `.a{font-family:` + typeface + `}`,
		`.govuk-footer__crest{background:url(crest)}.a{b:c}`:                    `.a{b:c}`,
		`.a,.govuk-tabs__tab:focus,.b{c:d}`:                                     `.a,.b{c:d}`,
		`@media print{.govuk-tabs{a:b}}@media (min-width:1px){.a{b:c}}`:         `@media (min-width:1px){.a{b:c}}`,
		`.govuk-header{a:b}.govuk-generic-header{c:d}`:                          `.govuk-generic-header{c:d}`,
		`@keyframes x{from{a:b}to{c:d}}`:                                        `@keyframes x{from{a:b}to{c:d}}`,
	} {
		if got := Clean(in); got != want {
			t.Errorf("%s\ngot  %s\nwant %s", in, got, want)
		}
	}
}

func TestSqueeze(t *testing.T) {
	in := ".a > .b {\n  color: red;\n  /* why */\n  margin: 0 1px;\n}\n"
	if got, want := string(Squeeze([]byte(in))), ".a>.b{color: red;margin: 0 1px}"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
