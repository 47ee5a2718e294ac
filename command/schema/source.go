package schema

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"gatehouse/auth/policy"
	"gatehouse/command/terminal"
	"gatehouse/graph"
	"gatehouse/graph/position"
)

// sourceLimit is the maximum size of a schema file or a file of operations, in
// bytes.
const sourceLimit = 4 << 20

// A source is a schema to inspect.
type source struct {
	name   string // for people: the file, or the number of files
	schema *ast.Schema
}

// load reads a schema from files and folders, or our own schema if there are
// none. The path "-" is standard input.
func load(ctx context.Context, t *terminal.Terminal, paths []string) (*source, error) {
	sources := []*ast.Source{{Name: "schema.graphqls", Input: graph.SDL()}}
	s := &source{name: "schema.graphqls"}
	if len(paths) > 0 {
		files, err := expand(paths)
		if err != nil {
			return nil, err
		}
		if sources, err = readAll(ctx, t, files); err != nil {
			return nil, err
		}
		if s.name = sources[0].Name; len(sources) > 1 {
			s.name = fmt.Sprintf("the schema of %d files", len(sources))
		}
	}
	var err error
	if s.schema, err = parse(sources); err != nil {
		return nil, err
	}
	return s, nil
}

// expand replaces each folder by the GraphQL files in it, and each pattern that
// names no file by the files that match it, as in gqlgen.yml.
func expand(paths []string) ([]string, error) {
	var files []string
	for _, path := range paths {
		info, err := os.Stat(path)
		var within []string
		switch {
		case err == nil && info.IsDir() && path != "-":
			within = append(match(filepath.Join(path, "*.graphqls")), match(filepath.Join(path, "*.graphql"))...)
			if len(within) == 0 {
				return nil, fmt.Errorf("%s: no *.graphqls or *.graphql in this folder", path)
			}
		case err != nil && strings.ContainsAny(path, "*?["):
			if within = match(path); len(within) == 0 {
				return nil, fmt.Errorf("%s: no file matches this pattern", path)
			}
		default:
			within = []string{path} // readAll reports a missing file
		}
		slices.Sort(within)
		files = append(files, within...)
	}
	return files, nil
}

// match returns the files that a pattern matches. In it, ** stands for any
// number of folders.
func match(pattern string) []string {
	root, rest, deep := strings.Cut(pattern, "**")
	if !deep {
		found, _ := filepath.Glob(pattern) // a bad pattern matches nothing
		return found
	}
	var found []string
	rest = strings.Trim(rest, "/")
	depth := strings.Count(rest, "/") + 1
	_ = filepath.WalkDir(filepath.Clean(root), func(path string, entry fs.DirEntry, err error) error {
		names := strings.Split(filepath.ToSlash(path), "/")
		if err == nil && !entry.IsDir() && len(names) >= depth {
			if is, _ := filepath.Match(rest, strings.Join(names[len(names)-depth:], "/")); is {
				found = append(found, path)
			}
		}
		return nil // what can't be read has no files for us
	})
	return found
}

// readAll reads files. Its error lists all that can't be read.
func readAll(ctx context.Context, t *terminal.Terminal, paths []string) ([]*ast.Source, error) {
	var faults faultList
	sources := make([]*ast.Source, len(paths))
	for i, path := range paths {
		text, err := t.ReadFile(ctx, path, sourceLimit+1)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err == nil && len(text) > sourceLimit {
			err = fmt.Errorf("%s: larger than %d MB", path, sourceLimit>>20)
		}
		if err != nil {
			faults = append(faults, err.Error())
		}
		// An editor doesn't show a byte order mark, and counts no column for it.
		plain := position.Unify(strings.TrimPrefix(string(text), "\ufeff"))
		if sources[i] = (&ast.Source{Name: path, Input: plain}); path == "-" {
			sources[i].Name = "standard input"
		}
	}
	return sources, faults.orNil()
}

// compile returns the schema's policy. The error lists all of its faults.
func (s *source) compile() (*policy.Policy, error) {
	return policy.Compile(s.schema, policy.Config{})
}

// compile loads a schema and returns its policy.
func compile(ctx context.Context, t *terminal.Terminal, paths []string) (*policy.Policy, error) {
	s, err := load(ctx, t, paths)
	if err != nil {
		return nil, err
	}
	return s.compile()
}
