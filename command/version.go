package command

import (
	"errors"
	"runtime"
	"runtime/debug"
	"strings"

	"gatehouse/command/terminal"
)

type versionCommand struct{}

// Run prints the version of the module, the commit and the toolchain.
func (versionCommand) Run(t *terminal.Terminal) error {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return errors.New("this program was built without version information")
	}
	return t.Printf("%s", buildVersion(info))
}

// buildVersion returns what the build recorded, as one line. A build from a
// checkout has a commit; one from a module proxy has only a version.
func buildVersion(info *debug.BuildInfo) string {
	built := map[string]string{}
	for _, s := range info.Settings {
		built[s.Key] = s.Value
	}
	words := []string{"gatehouse"}
	if info.Main.Version != "" {
		words = append(words, info.Main.Version)
	}
	if revision := built["vcs.revision"]; revision != "" {
		words = append(words, "commit", revision, built["vcs.time"])
	}
	if built["vcs.modified"] == "true" {
		words = append(words, "with uncommitted changes")
	}
	return strings.Join(append(words, info.GoVersion, runtime.GOOS+"/"+runtime.GOARCH), " ")
}
