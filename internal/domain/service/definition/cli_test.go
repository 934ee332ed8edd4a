package definition_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"balai/internal/domain/service/definition"
)

func TestCommands(t *testing.T) {
	const stall = "mbp/stall-permit"
	sound := base(t)
	broken, wrong, dearer := base(t), base(t), base(t)
	replace := func(f fstest.MapFS, file, was, is string) {
		f[file] = &fstest.MapFile{Data: []byte(strings.Replace(string(f[file].Data), was, is, 1))}
	}
	replace(broken, stall+"/service.yaml", `"small"`, `"tiny"`)
	replace(wrong, stall+"/cases/all.yaml", "fee_cents: 1000", "fee_cents: 900")
	replace(dearer, stall+"/service.yaml", "fee_cents: 1000", "fee_cents: 1200")

	run := func(name string, code int, f func(*strings.Builder) int, says ...string) {
		t.Helper()
		var out strings.Builder
		if got := f(&out); got != code {
			t.Errorf("%s: exit %d, wanted %d:\n%s", name, got, code, out.String())
		}
		for _, s := range says {
			if !strings.Contains(out.String(), s) {
				t.Errorf("%s: %q is not in\n%s", name, s, out.String())
			}
		}
	}
	run("lint", 0, func(o *strings.Builder) int { return definition.LintCLI(sound, "", o) }, "1 service, no problem")
	run("lint one", 0, func(o *strings.Builder) int { return definition.LintCLI(sound, stall, o) }, stall+": no problem")
	run("lint broken", 1, func(o *strings.Builder) int { return definition.LintCLI(broken, stall, o) }, stall+"/service.yaml:45: ", "1 problem: it cannot be released")
	run("lint nothing", 1, func(o *strings.Builder) int { return definition.LintCLI(sound, "mbp/x", o) }, "there is no service mbp/x")
	run("test", 0, func(o *strings.Builder) int { return definition.TestCLI(sound, "", today, o) }, "1 of 1 sample cases agree")
	run("test wrong", 1, func(o *strings.Builder) int { return definition.TestCLI(wrong, stall, today, o) },
		stall+`/cases/all.yaml:2: "One small stall": fee: expected 900 cents, came to 1000 cents`, "0 of 1 sample cases agree")
	run("test broken", 1, func(o *strings.Builder) int { return definition.TestCLI(broken, "", today, o) }, stall+"/service.yaml:45: ")
	run("diff", 0, func(o *strings.Builder) int { return definition.DiffCLI(sound, dearer, stall, o) }, "Fee\n", "was 1000", "is  1200")
	run("diff same", 0, func(o *strings.Builder) int { return definition.DiffCLI(sound, base(t), stall, o) }, "nothing differs")
	run("diff broken", 1, func(o *strings.Builder) int { return definition.DiffCLI(sound, broken, stall, o) }, stall+"/service.yaml:45: ")
}
