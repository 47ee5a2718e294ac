package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// A service says how the measured service is built.
type service struct {
	program   string // the package
	optimized string // what -pgo is
}

// The packages of the service, and of the service that profiles itself.
const (
	servicePackage  = "gatehouse"
	profiledPackage = "gatehouse/test/bench/profiled"
)

// profileOfReleases is the CPU profile that releases are built with, in the module's folder.
const profileOfReleases = "deploy/default.pgo"

// service returns the service as it is released. A quick run does without the profile, because
// building everything with it takes minutes.
func (o *options) service(ctx context.Context) (service, error) {
	switch {
	case o.profile != "":
		return service{profiledPackage, "off"}, nil
	case o.quick:
		return service{servicePackage, "off"}, nil
	}
	root, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", "gatehouse").Output()
	if err != nil {
		return service{}, fmt.Errorf("go list: %w", err)
	}
	return service{servicePackage, filepath.Join(strings.TrimSpace(string(root)), profileOfReleases)}, nil
}

// profileVariable tells the program profiled where to write.
const profileVariable = "CPU_PROFILE"

// profilePath is the file to which the service writes its profile.
func (s *testbed) profilePath() string { return filepath.Join(s.dir, "cpu.pprof") }

// record loads the service with the requests of each trial, as long as one round takes, and writes
// the CPU profile of all to a file.
func (b *bench) record(ctx context.Context, path string) error {
	for _, t := range trials() {
		if !b.wanted(t.name) {
			continue
		}
		contestants, err := t.prepare(ctx, b)
		if err != nil {
			return fmt.Errorf("%s: %w", t.name, err)
		}
		b.progress.show(t.name)
		if _, err := contestants[0].run(ctx, b.slice); err != nil {
			return fmt.Errorf("%s: %w", t.name, err)
		}
		b.progress.step(b.rounds)
	}
	if err := b.gatehouse.Stop(); err != nil { // which ends the profile
		return err
	}
	profile, err := os.ReadFile(b.profilePath())
	if err != nil {
		return err
	}
	return os.WriteFile(path, profile, 0o644)
}
