package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator"

	"gatehouse/auth/policy"
	"gatehouse/graph"
)

// sourceLimit is how large a schema or a file of operations may be, in bytes.
const sourceLimit = 4 << 20

// A schemaSource is a schema to be looked at.
type schemaSource struct {
	name    string // for people: its file, or how many there are
	schema  *ast.Schema
	sibling func(object, field string) policy.Value
}

// schemaOf reads the schema that files and folders make up together, or ours where none is named. "-" is standard input.
func (t *session) schemaOf(paths []string) (*schemaSource, error) {
	sources := []*ast.Source{{Name: "schema.graphqls", Input: string(schemaSDL)}}
	s := &schemaSource{name: "schema.graphqls", sibling: graph.Sibling}
	if len(paths) > 0 {
		files, err := schemaFiles(paths)
		if err != nil {
			return nil, err
		}
		if sources, err = t.sources(files); err != nil {
			return nil, err
		}
		s.sibling = anySibling
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

// schemaFiles replaces each folder by the GraphQL files in it.
func schemaFiles(paths []string) ([]string, error) {
	var files []string
	for _, path := range paths {
		if info, err := os.Stat(path); path == "-" || err != nil || !info.IsDir() {
			files = append(files, path) // what is not there is said when it is read
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

// sources reads files.
func (t *session) sources(paths []string) ([]*ast.Source, error) {
	sources := make([]*ast.Source, len(paths))
	for i, path := range paths {
		text, err := t.await(func() (string, error) { return t.source(path) })
		if err != nil {
			return nil, err
		}
		if sources[i] = (&ast.Source{Name: path, Input: text}); path == "-" {
			sources[i].Name = "standard input"
		}
	}
	return sources, nil
}

// source reads a file, or standard input for "-".
func (t *session) source(path string) (string, error) {
	from := t.stdin
	if path != "-" {
		file, err := os.Open(path)
		if err != nil {
			return "", notRead(path, err)
		}
		defer file.Close()
		from = file
	}
	text, err := io.ReadAll(io.LimitReader(from, sourceLimit+1))
	if err != nil {
		return "", notRead(path, err)
	}
	if len(text) > sourceLimit {
		return "", fmt.Errorf("%s: larger than %d MB", path, sourceLimit>>20)
	}
	return string(text), nil
}

// notRead says why a file can't be read, its name first.
func notRead(path string, err error) error {
	var reason *fs.PathError
	if errors.As(err, &reason) {
		err = reason.Err
	}
	return fmt.Errorf("%s: %w", path, err)
}

// config is what the compiler has to know beside the schema. Nil roles are not looked at.
func (s *schemaSource) config(roles []string) policy.Config {
	return policy.Config{Roles: roles, Sibling: s.sibling}
}

// compile makes the policy; the error lists all of its faults.
func (s *schemaSource) compile() (*policy.Policy, error) {
	return policy.Compile(s.schema, s.config(nil))
}

// policyOf reads a schema, as schemaOf does, and makes the policy.
func (t *session) policyOf(paths []string) (*policy.Policy, error) {
	s, err := t.schemaOf(paths)
	if err != nil {
		return nil, err
	}
	return s.compile()
}

// anySibling takes every field for one that the service behind a schema can read; only that service knows.
func anySibling(string, string) policy.Value { return func(any) (string, bool) { return "", false } }

// lines prints a text that holds names from elsewhere, of which a terminal must obey nothing.
func (t *session) lines(text string) error {
	for line := range strings.Lines(text) {
		if err := t.say("%s", printable(strings.TrimSuffix(line, "\n"))); err != nil {
			return err
		}
	}
	return nil
}
