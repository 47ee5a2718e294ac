package programs

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"testing"
)

// An entry of a package.
type entry struct {
	name, body string
	mode       int64
	kind       byte // 0: a regular file
	link       string
}

// pack returns an npm package.
func pack(t *testing.T, entries ...entry) []byte {
	t.Helper()
	var b bytes.Buffer
	zw := gzip.NewWriter(&b)
	tw := tar.NewWriter(zw)
	for _, e := range entries {
		kind := e.kind
		if kind == 0 {
			kind = tar.TypeReg
		}
		must(t, tw.WriteHeader(&tar.Header{Name: e.name, Size: int64(len(e.body)), Mode: e.mode, Typeflag: kind, Linkname: e.link}))
		_, err := tw.Write([]byte(e.body))
		must(t, err)
	}
	must(t, tw.Close())
	must(t, zw.Close())
	return b.Bytes()
}

func TestUnpackRefuses(t *testing.T) {
	links := func(source, target string) entry {
		return entry{name: "package/" + linksFile, body: `[{"source":"` + source + `","target":"` + target + `"}]`, mode: 0o644}
	}
	tests := []struct {
		name  string
		entry entry
		ok    bool
	}{
		{"parent", entry{name: "package/../../evil", body: "x"}, false},
		{"parent below", entry{name: "package/native/../../../evil", body: "x"}, false},
		{"absolute", entry{name: "/evil", body: "x"}, false},
		{"absolute below", entry{name: "package//evil", body: "x"}, false},
		{"another layout", entry{name: "evil", body: "x"}, false},
		{"symbolic link", entry{name: "package/native/evil", kind: tar.TypeSymlink, link: "/etc/passwd"}, false},
		{"hard link", entry{name: "package/native/evil", kind: tar.TypeLink, link: "/etc/passwd"}, false},
		{"pipe", entry{name: "package/native/evil", kind: tar.TypeFifo}, false},
		{"link that points outside", links("../evil", "native/evil"), false},
		{"link that points to an absolute path", links("/evil", "native/evil"), false},
		{"link that is outside", links("native/bin/initdb", "../evil"), false},
		{"malformed list", entry{name: "package/" + linksFile, body: "evil"}, false},
		{"link inside", links("native/bin/initdb", "native/good"), true},
		{"file inside", entry{name: "package/native/good", body: "x"}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			base := t.TempDir()
			err := unpack(bytes.NewReader(pack(t, tt.entry)), filepath.Join(base, "a"))
			if (err == nil) != tt.ok {
				t.Errorf("error %v", err)
			}
			if entries, err := os.ReadDir(base); err != nil || len(entries) != 1 {
				t.Errorf("files next to the folder: %v, %v", entries, err)
			}
		})
	}
}

func TestUnpack(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "unpacked")
	must(t, unpack(bytes.NewReader(pack(t,
		entry{name: "package/package.json", body: "{}", mode: 0o644},
		entry{name: "package/scripts/install.js", body: "evil", mode: 0o755},
		entry{name: "package/LICENSE.md", body: "MIT", mode: 0o600},
		entry{name: "package/native/bin/postgres", body: "program", mode: 0o700},
		entry{name: "package/native/lib/libpq.so.5.18", body: "library", mode: 0o600},
		entry{name: "package/" + linksFile, body: `[{"source":"native/lib/libpq.so.5.18","target":"native/lib/libpq.so.5"}]`, mode: 0o644},
	)), dir))

	tests := []struct {
		name string
		mode os.FileMode // 0: must not exist
		body string      // "": a folder
	}{
		{"package.json", 0, ""},
		{"scripts", 0, ""},
		{".", 0o755, ""},
		{"native/bin", 0o755, ""},
		{"LICENSE.md", 0o644, "MIT"},
		{"native/bin/postgres", 0o755, "program"},
		{"native/lib/libpq.so.5.18", 0o644, "library"},
		{"native/lib/libpq.so.5", 0o644, "library"},
	}
	for _, tt := range tests {
		fi, err := os.Stat(filepath.Join(dir, tt.name))
		if tt.mode == 0 {
			if err == nil {
				t.Errorf("%s was unpacked", tt.name)
			}
			continue
		}
		must(t, err)
		if fi.Mode().Perm() != tt.mode {
			t.Errorf("%s has mode %04o, want %04o", tt.name, fi.Mode().Perm(), tt.mode)
		}
		if b, _ := os.ReadFile(filepath.Join(dir, tt.name)); string(b) != tt.body {
			t.Errorf("%s has %q, want %q", tt.name, b, tt.body)
		}
	}
	if to, err := os.Readlink(filepath.Join(dir, "native/lib/libpq.so.5")); to != "libpq.so.5.18" {
		t.Errorf("the link points to %s, %v", to, err)
	}
}

func TestUnpackLimit(t *testing.T) {
	var b bytes.Buffer
	zw := gzip.NewWriter(&b)
	tw := tar.NewWriter(zw)
	must(t, tw.WriteHeader(&tar.Header{Name: "package/native/bomb", Size: unpackLimit + 1, Mode: 0o644, Typeflag: tar.TypeReg}))
	zeroes := make([]byte, 1<<20)
	for range unpackLimit >> 20 {
		_, err := tw.Write(zeroes)
		must(t, err)
	}
	_, err := tw.Write(zeroes[:1])
	must(t, err)
	must(t, tw.Close())
	must(t, zw.Close())
	if err := unpack(&b, filepath.Join(t.TempDir(), "unpacked")); err == nil {
		t.Error("it was unpacked")
	}
}
