package locale_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"balai/internal/spine/locale"
)

func TestLongSentences(t *testing.T) {
	nineteen := strings.TrimSpace(strings.Repeat("word ", 19))
	file := "a: {ms: \"" + nineteen + ". Lagi satu.\", en: ok}\n" +
		"b:\n  - c:\n      ms: pendek\n      en: \"Short. " + nineteen + " more.\"\n" +
		"keywords: {ms: [" + nineteen + " more], en: [x]}\n"
	got := locale.LongSentences(fstest.MapFS{"t.yaml": {Data: []byte(file)}}, "t.yaml")
	if len(got) != 1 || got[0].Line != 5 || got[0].Words != 20 {
		t.Errorf("got %v", got)
	}
}
