package schema

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"gatehouse/command/terminal"
)

// tokenLimit is the maximum number of tokens in a file of operations.
// Validation compares fields in pairs, so its time grows with the square.
const tokenLimit = 20000

// An operationFile is a file with operations and fragments.
type operationFile struct {
	name     string
	document *ast.QueryDocument
}

// operations reads files of operations and validates them against the schema.
// A file may use the fragments of the other files.
func operations(ctx context.Context, t *terminal.Terminal, schema *ast.Schema, paths []string) ([]operationFile, error) {
	sources, err := readAll(ctx, t, paths)
	if err != nil {
		return nil, err
	}
	files := make([]operationFile, len(sources))
	fragments := map[string][]*ast.FragmentDefinition{}
	for i, source := range sources {
		doc, err := parser.ParseQueryWithTokenLimit(source, tokenLimit)
		if err != nil {
			return nil, parseError(source.Name, err)
		}
		files[i] = operationFile{name: source.Name, document: doc}
		for _, f := range doc.Fragments {
			fragments[f.Name] = append(fragments[f.Name], f)
		}
	}
	all := rules.NewDefaultRules()
	if len(files) > 1 {
		all.RemoveRule(rules.NoUnusedFragmentsRule.Name)
	}
	var faults validationError
	for _, f := range files {
		if err := f.addFragments(fragments); err != nil {
			return nil, err
		}
		faults.add(validator.ValidateWithRules(schema, f.document, all))
	}
	if len(faults) > 0 {
		return nil, faults
	}
	return files, nil
}

// A validationError lists what is wrong with operations, each with its place.
type validationError []string

// Error lists the faults, one on each line.
func (e validationError) Error() string { return strings.Join(e, "\n") }

// add adds faults that are not in the list: the library reports some twice.
func (e *validationError) add(list gqlerror.List) {
	for _, err := range list {
		if text := err.Error(); !slices.Contains(*e, text) {
			*e = append(*e, text)
		}
	}
}

// parseError says where a file stops being GraphQL, or that it is too large.
func parseError(name string, err error) error {
	var g *gqlerror.Error
	if errors.As(err, &g) && strings.Contains(g.Message, "token limit") {
		return fmt.Errorf("%s: too large: more than %d names, values and signs", name, tokenLimit)
	}
	return err
}

// addFragments adds the fragments that the file uses and doesn't define. One
// that no file defines is left for validation to report.
func (f operationFile) addFragments(all map[string][]*ast.FragmentDefinition) error {
	var sets []ast.SelectionSet
	for _, op := range f.document.Operations {
		sets = append(sets, op.SelectionSet)
	}
	for _, fragment := range f.document.Fragments {
		sets = append(sets, fragment.SelectionSet)
	}
	for len(sets) > 0 {
		set := sets[0]
		sets = sets[1:]
		for _, selection := range set {
			switch s := selection.(type) {
			case *ast.Field:
				sets = append(sets, s.SelectionSet)
			case *ast.InlineFragment:
				sets = append(sets, s.SelectionSet)
			case *ast.FragmentSpread:
				found := all[s.Name]
				if len(found) == 0 || f.document.Fragments.ForName(s.Name) != nil {
					continue
				}
				if len(found) > 1 {
					return fmt.Errorf("%s:%d:%d: several other files define the fragment %s: %s and %s", f.name,
						s.Position.Line, s.Position.Column, s.Name, found[0].Position.Src.Name, found[1].Position.Src.Name)
				}
				f.document.Fragments = append(f.document.Fragments, found[0])
				sets = append(sets, found[0].SelectionSet)
			}
		}
	}
	return nil
}
