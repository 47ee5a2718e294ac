package embedded

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestUnusableDataDir(t *testing.T) {
	base := folder(t)
	file := filepath.Join(base, "file")
	must(t, os.WriteFile(file, nil, 0o600))
	closed := filepath.Join(base, "closed")
	must(t, os.Mkdir(closed, 0o700))
	must(t, os.WriteFile(filepath.Join(closed, "thing"), nil, 0o600))
	must(t, os.Chmod(closed, 0o500))
	t.Cleanup(func() { must(t, os.Chmod(closed, 0o700)) })
	type test struct{ name, dir string }
	tests := []test{
		{"empty", ""},
		{"a file", file},
		{"inside a file", filepath.Join(file, "data")},
		{"not a disk", "/proc/data"},
	}
	if os.Geteuid() != 0 { // root can write everywhere
		tests = append(tests, test{"closed", closed}, test{"inside a closed one", filepath.Join(closed, "data")})
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for name, open := range openers {
				if _, err := open(t.Context(), Config{DataDir: tt.dir}); !errors.Is(err, errDataDir) {
					t.Errorf("%s: error %v, want %v", name, err, errDataDir)
				}
			}
			if _, err := SecretsDir(tt.dir); !errors.Is(err, errDataDir) {
				t.Errorf("SecretsDir: error %v, want %v", err, errDataDir)
			}
		})
	}
}

func TestModeOfExistingDataDir(t *testing.T) {
	self := fs.FileMode(0o700)
	if os.Geteuid() == 0 {
		self = 0o711
	}
	tests := []struct {
		name string
		make func(dir string) error
		want fs.FileMode
	}{
		{"absent", func(string) error { return nil }, self},
		{"empty", func(dir string) error { return os.Mkdir(dir, 0o750) }, self},
		{"not empty", func(dir string) error { return os.MkdirAll(filepath.Join(dir, "thing"), 0o750) }, 0o750},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := filepath.Join(folder(t), "data")
			must(t, tt.make(dir))
			must(t, makeDataDir(dir))
			fi, err := os.Stat(dir)
			must(t, err)
			if fi.Mode().Perm() != tt.want {
				t.Errorf("mode %04o, want %04o", fi.Mode().Perm(), tt.want)
			}
		})
	}
}

func TestSecretsDir(t *testing.T) {
	tests := []struct {
		name string
		make func(dir string) error
		want error
	}{
		{"accessible to others", func(dir string) error { return errors.Join(os.Mkdir(dir, 0o700), os.Chmod(dir, 0o750)) }, errDataDir},
		{"a link", func(dir string) error { return errors.Join(os.Mkdir(dir+"2", 0o700), os.Symlink(dir+"2", dir)) }, errDataDir},
		{"a file", func(dir string) error { return os.WriteFile(dir, nil, 0o600) }, errDataDir},
		{"own", func(dir string) error { return os.Mkdir(dir, 0o700) }, nil},
		{"absent", func(string) error { return nil }, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			data := filepath.Join(folder(t), "data")
			must(t, os.Mkdir(data, 0o711))
			dir := filepath.Join(data, "secrets")
			must(t, tt.make(dir))
			got, err := SecretsDir(data)
			if !errors.Is(err, tt.want) {
				t.Fatalf("error %v, want %v", err, tt.want)
			}
			if fi, statErr := os.Lstat(dir); err == nil && (got != dir || statErr != nil || fi.Mode() != fs.ModeDir|0o700) {
				t.Errorf("SecretsDir = %s, %v with %v", got, fi, statErr)
			}
		})
	}
}

func TestSecretsOfAnotherUser(t *testing.T) {
	data := folder(t)
	dir, err := SecretsDir(data)
	must(t, err)
	if os.Geteuid() == 0 {
		must(t, os.Chown(dir, 65534, 65534))
	} else {
		dir = "/etc" // belongs to root
	}
	if err := checkSecrets(dir); !errors.Is(err, errDataDir) || !strings.Contains(err.Error(), "belongs to user") {
		t.Errorf("error %v, want %v", err, errDataDir)
	}
}
