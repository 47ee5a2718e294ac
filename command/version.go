package command

import (
	"errors"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/alecthomas/kong"

	"gatehouse/command/terminal"
)

type versionCommand struct{ terminal.JSONFlag }

// A versionJSON is what version --json prints.
type versionJSON struct {
	Version   string `json:"version"`
	Commit    string `json:"commit"`
	Time      string `json:"time"` // of the commit
	Modified  bool   `json:"modified"`
	GoVersion string `json:"goVersion"`
	Platform  string `json:"platform"`
}

// Run prints the version of the module, the commit and the toolchain.
func (c versionCommand) Run(t *terminal.Terminal) error {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return errors.New("this program was built without version information")
	}
	built := buildOf(info)
	return c.Answer(t, built, func() error { return t.Printf("%s", built) })
}

// A versionFlag prints the version, as other programs do.
type versionFlag bool

// BeforeReset is called by kong when the flag is given, before anything that
// the command line lacks is an error.
func (versionFlag) BeforeReset(app *kong.Kong, t *terminal.Terminal) error {
	if err := (versionCommand{}).Run(t); err != nil {
		return err
	}
	app.Exit(exitDone)
	return nil
}

// buildOf returns what the build recorded. A build from a checkout has a commit;
// one from a module proxy has only a version.
func buildOf(info *debug.BuildInfo) versionJSON {
	built := map[string]string{}
	for _, s := range info.Settings {
		built[s.Key] = s.Value
	}
	return versionJSON{
		Version: info.Main.Version, Commit: built["vcs.revision"], Time: built["vcs.time"], Modified: built["vcs.modified"] == "true",
		GoVersion: info.GoVersion, Platform: runtime.GOOS + "/" + runtime.GOARCH,
	}
}

// String returns the version as one line.
func (v versionJSON) String() string {
	words := []string{"gatehouse"}
	if v.Version != "" {
		words = append(words, v.Version)
	}
	if v.Commit != "" {
		words = append(words, "commit", v.Commit, v.Time)
	}
	if v.Modified {
		words = append(words, "with uncommitted changes")
	}
	return strings.Join(append(words, v.GoVersion, v.Platform), " ")
}
