package dotenv_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"gatehouse/settings/dotenv"
)

// TestReadFilePermission: a file and a folder that the user may not open are told
// apart. Root may open all, so this thread looks at files as another user.
func TestReadFilePermission(t *testing.T) {
	folder, err := os.MkdirTemp("", "dotenv") // t.TempDir is root's alone
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	if err := os.Chmod(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	closed := filepath.Join(folder, "closed")
	for _, path := range []string{filepath.Join(folder, "readable"), filepath.Join(folder, "secret"), filepath.Join(closed, ".env")} {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("A=1"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for path, mode := range map[string]os.FileMode{filepath.Join(folder, "secret"): 0, closed: 0} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { _ = os.Chmod(closed, 0o700) }) // so that it can be removed
	runtime.LockOSThread()                            // and never unlock: the thread ends with the test
	if os.Getuid() == 0 {
		const nobody = 65534
		if _, err := unix.SetfsuidRetUid(nobody); err != nil {
			t.Fatal(err)
		}
		defer func() { _, _ = unix.SetfsuidRetUid(0) }()
	}
	tests := []struct{ name, path, want string }{
		{"a file", filepath.Join(folder, "secret"), "this user may not read it"},
		{"a folder", filepath.Join(closed, ".env"), "this user may not enter its folder"},
		{"readable", filepath.Join(folder, "readable"), ""},
	}
	for _, tt := range tests { // no subtests: each would run on another thread
		entries, _, err := dotenv.ReadFile(tt.path)
		if tt.want == "" && (err != nil || len(entries) != 1) {
			t.Errorf("%s: %v, %v", tt.name, entries, err)
		}
		if tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s: error %v, want %q", tt.name, err, tt.want)
		}
	}
}
