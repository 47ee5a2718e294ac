package schema

import (
	"context"
	"fmt"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"gatehouse/command/terminal"
	"gatehouse/graph/position"
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
	var faults faultList
	files := make([]operationFile, len(sources))
	fragments := map[string][]*ast.FragmentDefinition{}
	for i, source := range sources {
		doc, err := parser.ParseQueryWithTokenLimit(source, tokenLimit)
		if err != nil {
			faults = append(faults, parseError(source, err))
			continue
		}
		files[i] = operationFile{name: source.Name, document: doc}
		for _, f := range doc.Fragments {
			fragments[f.Name] = append(fragments[f.Name], f)
		}
	}
	if len(faults) > 0 {
		return nil, faults
	}
	all := rules.NewDefaultRules()
	if len(files) > 1 {
		all.RemoveRule(rules.NoUnusedFragmentsRule.Name)
	}
	for i, f := range files {
		if err := f.addFragments(fragments); err != nil {
			return nil, err
		}
		errs := validator.ValidateWithRules(schema, f.document, all)
		position.Correct(sources[i].Input, errs...)
		faults.add(errs...)
	}
	return files, faults.orNil()
}

// parseError says where a file stops being GraphQL, or that it is too large.
func parseError(source *ast.Source, err error) string {
	g := placed(err, []*ast.Source{source})
	if strings.Contains(g.Message, "token limit") {
		return fmt.Sprintf("%s: too large: more than %d names, values and signs", source.Name, tokenLimit)
	}
	return g.Error()
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
