package version

import (
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
)

func TestBuild(t *testing.T) {
	commit := []debug.BuildSetting{
		{Key: "vcs.revision", Value: "1f2e3d"}, {Key: "vcs.time", Value: "2026-11-22T13:00:00Z"},
	}
	dirty := append(slices.Clone(commit), debug.BuildSetting{Key: "vcs.modified", Value: "true"})
	tests := []struct {
		release, main string
		settings      []debug.BuildSetting
		want          string
	}{
		{"", "v1.2.3", nil, "gatehouse v1.2.3 go1.26"},
		{"", "", nil, "gatehouse go1.26"},
		{"", "v1.2.3", commit, "gatehouse v1.2.3 commit 1f2e3d 2026-11-22T13:00:00Z go1.26"},
		{"", "v1.2.3", dirty, "gatehouse v1.2.3 commit 1f2e3d 2026-11-22T13:00:00Z with uncommitted changes go1.26"},
		{"v1.3.0", "v1.2.4-0.20261122130000-1f2e3d", commit, "gatehouse v1.3.0 commit 1f2e3d 2026-11-22T13:00:00Z go1.26"},
		{"v1.3.0", "(devel)", nil, "gatehouse v1.3.0 go1.26"},
		{"v1.3.0", "(devel)", dirty, "gatehouse v1.3.0 commit 1f2e3d 2026-11-22T13:00:00Z with uncommitted changes go1.26"},
	}
	for _, tt := range tests {
		info := &debug.BuildInfo{GoVersion: "go1.26", Main: debug.Module{Version: tt.main}, Settings: tt.settings}
		if got, _, _ := strings.Cut(buildOf(info, tt.release).String(), " "+runtime.GOOS); got != tt.want {
			t.Errorf("release %q of %s: %q, want %q", tt.release, tt.main, got, tt.want)
		}
	}
}
