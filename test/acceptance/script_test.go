package acceptance

import (
	"path/filepath"
	"testing"

	"balai/balaitest"
	"github.com/rogpeppe/go-internal/testscript"
)

// TestScript runs the book of the command line: testdata/script, one story a file.
func TestScript(t *testing.T) {
	bin := balaitest.Binary(t)
	catalogue, err := filepath.Abs("../../catalogue")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			e.Setenv("PATH", filepath.Dir(bin)+string(filepath.ListSeparator)+e.Getenv("PATH"))
			e.Setenv("CATALOGUE", catalogue)
			return nil
		},
	})
}
