package command

import (
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
)

func TestBuildVersion(t *testing.T) {
	commit := []debug.BuildSetting{
		{Key: "vcs.revision", Value: "1f2e3d"}, {Key: "vcs.time", Value: "2026-11-22T13:00:00Z"},
	}
	for want, settings := range map[string][]debug.BuildSetting{
		"gatehouse v1.2.3 go1.26":                                    nil,
		"gatehouse v1.2.3 commit 1f2e3d 2026-11-22T13:00:00Z go1.26": commit,
		"gatehouse v1.2.3 commit 1f2e3d 2026-11-22T13:00:00Z with uncommitted changes go1.26": append(commit,
			debug.BuildSetting{Key: "vcs.modified", Value: "true"}),
	} {
		info := &debug.BuildInfo{GoVersion: "go1.26", Main: debug.Module{Version: "v1.2.3"}, Settings: settings}
		if got, _, _ := strings.Cut(buildOf(info).String(), " "+runtime.GOOS); got != want {
			t.Errorf("buildOf = %q, want %q", got, want)
		}
	}
}
