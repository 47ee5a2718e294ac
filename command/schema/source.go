package schema

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator"

	"gatehouse/auth/policy"
	"gatehouse/command/terminal"
	"gatehouse/graph"
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
	if s.schema, err = validator.LoadSchema(append([]*ast.Source{validator.Prelude}, sources...)...); err != nil {
		return nil, err
	}
	return s, nil
}

// expand replaces each folder by the GraphQL files in it.
func expand(paths []string) ([]string, error) {
	var files []string
	for _, path := range paths {
		if info, err := os.Stat(path); path == "-" || err != nil || !info.IsDir() {
			files = append(files, path) // readAll reports a missing file
			continue
		}
		var within []string
		for _, pattern := range []string{"*.graphqls", "*.graphql"} {
			found, err := filepath.Glob(filepath.Join(path, pattern))
			if err != nil {
				return nil, err
			}
			within = append(within, found...)
		}
		if len(within) == 0 {
			return nil, fmt.Errorf("%s: no *.graphqls or *.graphql in this folder", path)
		}
		slices.Sort(within)
		files = append(files, within...)
	}
	return files, nil
}

// readAll reads files.
func readAll(ctx context.Context, t *terminal.Terminal, paths []string) ([]*ast.Source, error) {
	sources := make([]*ast.Source, len(paths))
	for i, path := range paths {
		text, err := t.ReadFile(ctx, path, sourceLimit+1)
		if err != nil {
			return nil, err
		}
		if len(text) > sourceLimit {
			return nil, fmt.Errorf("%s: larger than %d MB", path, sourceLimit>>20)
		}
		if sources[i] = (&ast.Source{Name: path, Input: string(text)}); path == "-" {
			sources[i].Name = "standard input"
		}
	}
	return sources, nil
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
