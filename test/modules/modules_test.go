// Package modules tests the modules inside this repository that others can
// require. "go test ./..." at the root does not descend into them.
package modules

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/modfile"
)

const root = "../.."

// nested are the modules that others can require, by their folders.
var nested = []string{"auth/policy", "auth/token", "graph/guard"}

// example is a module whose dependencies are not the service's. The CI script tests it.
const example = "examples/mcp"

// service are modules that only the service needs. One that requires a nested
// module must not have them in its module graph.
var service = []string{
	"github.com/gomodule/redigo", "github.com/lib/pq", "github.com/pressly/goose", "go.opentelemetry.io",
}

// TestNested runs go vet and go test in each nested module.
func TestNested(t *testing.T) {
	for _, folder := range nested {
		t.Run(folder, func(t *testing.T) {
			t.Parallel()
			open(t, folder)
			for _, args := range [][]string{{"vet", "./..."}, {"test", "./..."}} {
				if out, err := command(t, folder, args...).CombinedOutput(); err != nil {
					t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
				}
			}
		})
	}
}

// TestGraphs: what a nested module requires stays small, and the same version
// stands in the root.
func TestGraphs(t *testing.T) {
	versions := map[string]string{}
	for _, r := range read(t, ".").Require {
		versions[r.Mod.Path] = r.Mod.Version
	}
	for _, folder := range nested {
		t.Run(folder, func(t *testing.T) {
			out, err := command(t, folder, "list", "-m", "all").Output()
			if err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(string(out)) {
				if slices.ContainsFunc(service, func(path string) bool { return strings.HasPrefix(line, path) }) {
					t.Errorf("its module graph has %s", line)
				}
			}
			for _, r := range read(t, folder).Require {
				if version := versions[r.Mod.Path]; version != "" && version != r.Mod.Version {
					t.Errorf("it requires %s, the root %s", r.Mod, version)
				}
			}
		})
	}
}

// TestRootNamesThem: the root requires each nested module from its folder, and
// no module is missing from the list.
func TestRootNamesThem(t *testing.T) {
	var replaced []string
	for _, r := range read(t, ".").Replace {
		replaced = append(replaced, strings.TrimPrefix(r.New.Path, "./"))
		if r.Old.Path != "gatehouse/"+strings.TrimPrefix(r.New.Path, "./") {
			t.Errorf("%s is replaced by %s", r.Old, r.New)
		}
	}
	if slices.Sort(replaced); !slices.Equal(replaced, nested) {
		t.Errorf("the root replaces %q, want %q", replaced, nested)
	}
	walk(t, ".", func(path string) {
		folder := filepath.ToSlash(filepath.Dir(path))
		known := folder == "." || folder == example || strings.HasPrefix(folder, "test/") || slices.Contains(nested, folder)
		if filepath.Base(path) == "go.mod" && !known {
			t.Errorf("%s: a module that is not tested", path)
		}
	})
}

// command runs go in the folder of a module.
func command(t *testing.T, folder string, args ...string) *exec.Cmd {
	t.Helper()
	c := exec.CommandContext(t.Context(), "go", args...)
	c.Dir = filepath.Join(root, folder)
	return c
}

func read(t *testing.T, folder string) *modfile.File {
	t.Helper()
	path := filepath.Join(root, folder, "go.mod")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	file, err := modfile.Parse(path, text, nil)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// open opens each file of a folder. go test takes the result of a test from its
// cache unless a file that the test itself opened has changed; what a command
// opens does not count.
func open(t *testing.T, folder string) {
	t.Helper()
	walk(t, folder, func(path string) {
		file, err := os.Open(filepath.Join(root, path))
		if err != nil {
			t.Fatal(err)
		}
		_ = file.Close()
	})
}

// walk visits the files below a folder, but for hidden folders and what Node
// installs.
func walk(t *testing.T, folder string, visit func(path string)) {
	t.Helper()
	err := fs.WalkDir(os.DirFS(root), folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && path != "." && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "node_modules") {
			return fs.SkipDir
		}
		if !entry.IsDir() {
			visit(path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
