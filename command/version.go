package main

import (
	"errors"
	"runtime"
	"runtime/debug"
	"strings"
)

type versionCommand struct{}

// Run prints the version of the module, the commit, and what it was built with.
func (versionCommand) Run(t *session) error {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return errors.New("this program was built without its version")
	}
	return t.say("%s", buildVersion(info))
}

// buildVersion puts what the build recorded into a line. A build from a checkout has a commit, one from a module proxy only its version.
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
