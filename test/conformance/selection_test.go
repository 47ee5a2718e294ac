package conformance_test

import (
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
)

// each visits the fields selected for an object of type def, with the type they
// are selected on.
func (w *walk) each(on *ast.Definition, set ast.SelectionSet, def *ast.Definition, visit func(*ast.Definition, *ast.Field)) {
	w.selections(on, set, func(condition *ast.Definition) bool {
		return slices.Contains(w.schema.GetPossibleTypes(condition), def)
	}, w.included, visit)
}

// below visits all fields below a selection set, of any type, that @skip and
// @include do not leave out.
func (w *walk) below(on *ast.Definition, set ast.SelectionSet, visit func(*ast.Definition, *ast.Field)) {
	every := func(*ast.Definition) bool { return true }
	w.selections(on, set, every, w.included, func(on *ast.Definition, f *ast.Field) {
		visit(on, f)
		w.below(w.schema.Types[on.Fields.ForName(f.Name).Type.Name()], f.SelectionSet, visit)
	})
}

// all visits the fields of a selection set, those left out too.
func (w *walk) all(on *ast.Definition, set ast.SelectionSet, visit func(*ast.Definition, *ast.Field)) {
	w.selections(on, set, func(*ast.Definition) bool { return true }, func(ast.DirectiveList) bool { return true }, visit)
}

func (w *walk) selections(on *ast.Definition, set ast.SelectionSet, fits func(*ast.Definition) bool, included func(ast.DirectiveList) bool,
	visit func(*ast.Definition, *ast.Field),
) {
	inside := func(condition string, directives ast.DirectiveList, set ast.SelectionSet) {
		within := on
		if condition != "" {
			within = w.schema.Types[condition]
		}
		if fits(within) && included(directives) {
			w.selections(within, set, fits, included, visit)
		}
	}
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			if s.Name[0] != '_' && included(s.Directives) {
				visit(on, s)
			}
		case *ast.InlineFragment:
			inside(s.TypeCondition, s.Directives, s.SelectionSet)
		case *ast.FragmentSpread:
			f := w.document.Fragments.ForName(s.Name)
			inside(f.TypeCondition, s.Directives, f.SelectionSet)
		}
	}
}

// included reports whether @skip and @include do not leave a selection out.
func (w *walk) included(list ast.DirectiveList) bool {
	for _, d := range list {
		if d.Name == "skip" || d.Name == "include" {
			if on, _ := w.value(d.Arguments.ForName("if").Value); (on == true || on == "true") == (d.Name == "skip") {
				return false
			}
		}
	}
	return true
}

// given is the value of a field's argument, nil without one.
func (w *walk) given(f *ast.Field, name string) any {
	arg := f.Arguments.ForName(name)
	if arg == nil {
		return nil
	}
	value, _ := w.value(arg.Value)
	return value
}

// value is a value in a document, and whether there is one: a variable may have
// none.
func (w *walk) value(v *ast.Value) (any, bool) {
	switch v.Kind {
	case ast.Variable:
		value, supplied := w.variables[v.Raw]
		return value, supplied
	case ast.NullValue:
		return nil, true
	case ast.ListValue:
		items := []any{}
		for _, child := range v.Children {
			item, _ := w.value(child.Value)
			items = append(items, item)
		}
		return items, true
	case ast.ObjectValue:
		members := map[string]any{}
		for _, child := range v.Children {
			if member, supplied := w.value(child.Value); supplied {
				members[child.Name] = member
			}
		}
		return members, true
	}
	return v.Raw, true
}

// itemsOf are the items of a list. Other values have none.
func itemsOf(value any) []any {
	items, _ := value.([]any)
	return items
}
