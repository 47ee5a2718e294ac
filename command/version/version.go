// Package version says what this program was built from.
package version

import (
	"cmp"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/alecthomas/kong"

	"gatehouse/command/terminal"
)

// release is the version of a release, such as v0.2.0, which the linker sets (-X).
// It is empty in any other build. The version of those is what Go records: that of
// the tag, or one with the time and the commit.
var release string

// A Command prints the version.
type Command struct{ terminal.JSONFlag }

// A build is what version --json prints.
type build struct {
	Version   string `json:"version"`
	Commit    string `json:"commit"`
	Time      string `json:"time"` // of the commit
	Modified  bool   `json:"modified"`
	GoVersion string `json:"goVersion"`
	Platform  string `json:"platform"`
}

// Run prints the version of the program, the commit and the toolchain.
func (c Command) Run(t *terminal.Terminal) error {
	built := current()
	return c.Answer(t, built, func() error { return t.Printf("%s", built) })
}

// A Flag prints the version, as other programs do.
type Flag bool

// BeforeReset is called by kong when the flag is given, before anything that
// the command line lacks is an error.
func (Flag) BeforeReset(app *kong.Kong, t *terminal.Terminal) error {
	if err := (Command{}).Run(t); err != nil {
		return err
	}
	app.Exit(0)
	return nil
}

// Line returns what this program was built from, as one line.
func Line() string { return current().String() }

func current() build {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = &debug.BuildInfo{GoVersion: runtime.Version()}
	}
	return buildOf(info, release)
}

// buildOf returns what the build recorded. A build from a checkout has a commit;
// one from a module proxy has only a version.
func buildOf(info *debug.BuildInfo, release string) build {
	built := map[string]string{}
	for _, s := range info.Settings {
		built[s.Key] = s.Value
	}
	return build{
		Version: cmp.Or(release, info.Main.Version), Commit: built["vcs.revision"], Time: built["vcs.time"],
		Modified:  built["vcs.modified"] == "true",
		GoVersion: info.GoVersion, Platform: runtime.GOOS + "/" + runtime.GOARCH,
	}
}

// String returns the version as one line.
func (b build) String() string {
	words := []string{"gatehouse"}
	if b.Version != "" {
		words = append(words, b.Version)
	}
	if b.Commit != "" {
		words = append(words, "commit", b.Commit, b.Time)
	}
	if b.Modified {
		words = append(words, "with uncommitted changes")
	}
	return strings.Join(append(words, b.GoVersion, b.Platform), " ")
}
