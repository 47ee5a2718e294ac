package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

// tokensLimit is how many tokens a file of operations may have: validation compares fields that may meet in pairs.
const tokensLimit = 20000

// An operationFile is a file with operations and fragments.
type operationFile struct {
	name     string
	document *ast.QueryDocument
}

// operations reads files of operations and validates them against the schema. What a file spreads and lacks may be in any of the others.
func (t *session) operations(schema *ast.Schema, paths []string) ([]operationFile, error) {
	sources, err := t.sources(paths)
	if err != nil {
		return nil, err
	}
	files := make([]operationFile, len(sources))
	fragments := map[string][]*ast.FragmentDefinition{}
	for i, source := range sources {
		doc, err := parser.ParseQueryWithTokenLimit(source, tokensLimit)
		if err != nil {
			return nil, parseFault(source.Name, err)
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
	var wrong invalid
	for _, f := range files {
		if err := f.complete(fragments); err != nil {
			return nil, err
		}
		wrong.add(validator.ValidateWithRules(schema, f.document, all))
	}
	if len(wrong) > 0 {
		return nil, wrong
	}
	return files, nil
}

// invalid is what is wrong with operations, each with its place.
type invalid []string

// Error lists the faults, one on each line.
func (all invalid) Error() string { return strings.Join(all, "\n") }

// add adds what is not known yet: the library says some things twice.
func (all *invalid) add(list gqlerror.List) {
	for _, err := range list {
		if text := err.Error(); !slices.Contains(*all, text) {
			*all = append(*all, text)
		}
	}
}

// parseFault says where a text stops being GraphQL, or that there is too much of it.
func parseFault(name string, err error) error {
	var g *gqlerror.Error
	if errors.As(err, &g) && strings.Contains(g.Message, "token limit") {
		return fmt.Errorf("%s: too large: more than %d names, values and signs", name, tokensLimit)
	}
	return err
}

// complete adds the fragments that the file spreads and only another one has. What none has is left for validation to find.
func (f operationFile) complete(all map[string][]*ast.FragmentDefinition) error {
	var within []ast.SelectionSet
	for _, op := range f.document.Operations {
		within = append(within, op.SelectionSet)
	}
	for _, fragment := range f.document.Fragments {
		within = append(within, fragment.SelectionSet)
	}
	for len(within) > 0 {
		set := within[0]
		within = within[1:]
		for _, selection := range set {
			switch s := selection.(type) {
			case *ast.Field:
				within = append(within, s.SelectionSet)
			case *ast.InlineFragment:
				within = append(within, s.SelectionSet)
			case *ast.FragmentSpread:
				found := all[s.Name]
				if len(found) == 0 || f.document.Fragments.ForName(s.Name) != nil {
					continue
				}
				if len(found) > 1 {
					return fmt.Errorf("%s:%d:%d: the fragment %s is not in this file, and in several of the others: %s and %s", f.name,
						s.Position.Line, s.Position.Column, s.Name, found[0].Position.Src.Name, found[1].Position.Src.Name)
				}
				f.document.Fragments = append(f.document.Fragments, found[0])
				within = append(within, found[0].SelectionSet)
			}
		}
	}
	return nil
}
