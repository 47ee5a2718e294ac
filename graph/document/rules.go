package document

import (
	"maps"
	"slices"
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/validator/core"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"gatehouse/graph/fault"
	"gatehouse/graph/position"
)

// quietRules are the rules of the library that would suggest names of the
// schema, without suggestions.
var quietRules = map[string]core.RuleFunc{
	rules.FieldsOnCorrectTypeRule.Name: rules.FieldsOnCorrectTypeRuleWithoutSuggestions.RuleFunc,
	rules.KnownArgumentNamesRule.Name:  rules.KnownArgumentNamesRuleWithoutSuggestions.RuleFunc,
	rules.KnownTypeNamesRule.Name:      rules.KnownTypeNamesRuleWithoutSuggestions.RuleFunc,
	rules.ScalarLeafsRule.Name:         rules.ScalarLeafsRuleWithoutSuggestions.RuleFunc,
	rules.ValuesOfCorrectTypeRule.Name: rules.ValuesOfCorrectTypeRuleWithoutSuggestions.RuleFunc,
}

// validationRules returns the rules of the GraphQL specification and our own, in
// the order of their names.
func validationRules(introspection bool) []core.Rule {
	all := rules.NewDefaultRules()
	all.AddRule("IntRange", intRange)
	all.AddRule("NoDefer", noDefer)
	all.AddRule("JSONObject", jsonObject)
	if !introspection {
		all.AddRule("NoIntrospection", noIntrospection)
		for name, quiet := range quietRules {
			all.ReplaceRule(name, quiet)
		}
	}
	var ordered []core.Rule
	inner := all.GetInner()
	for _, name := range slices.Sorted(maps.Keys(inner)) {
		ordered = append(ordered, core.Rule{Name: name, RuleFunc: inner[name]})
	}
	return ordered
}

// applyRules returns the errors of a document, at most limit: there can be many
// more errors than tokens, and wording one, with suggestions, takes longer than
// finding it.
func applyRules(schema *ast.Schema, doc *ast.QueryDocument, all []core.Rule, terse bool, limit int) gqlerror.List {
	errs := broken(schema, doc, all, terse, limit)
	if doc.Position != nil {
		position.Correct(doc.Position.Src.Input, errs...)
	}
	return errs
}

// broken does the work of applyRules. Its locations are those of the library,
// because the library's own errors are told apart by them.
func broken(schema *ast.Schema, doc *ast.QueryDocument, all []core.Rule, terse bool, limit int) (errs gqlerror.List) {
	type enough struct{}
	defer func() {
		if r := recover(); r != nil && r != (enough{}) {
			panic(r)
		}
	}()
	observers := &core.Events{}
	node := track(observers)
	for _, rule := range all {
		rule.RuleFunc(observers, func(options ...core.ErrorOption) {
			err := fault.New("", fault.CodeValidationFailed)
			err.Rule = rule.Name
			for _, option := range options {
				option(err)
			}
			err.Message = message(err, *node, terse)
			if errs = append(errs, err); len(errs) == limit {
				panic(enough{}) // the library's walk ends no other way
			}
		})
	}
	core.Walk(schema, doc, observers)
	return errs
}

// track returns where the node is that the walk is at. It must be called before
// the rules add their observers.
func track(observers *core.Events) *any {
	var node any
	observers.OnOperation(func(*core.Walker, *ast.OperationDefinition) { node = nil })
	observers.OnField(func(_ *core.Walker, f *ast.Field) { node = f })
	observers.OnFragment(func(*core.Walker, *ast.FragmentDefinition) { node = nil })
	observers.OnInlineFragment(func(_ *core.Walker, f *ast.InlineFragment) { node = f })
	observers.OnFragmentSpread(func(_ *core.Walker, s *ast.FragmentSpread) { node = s })
	observers.OnDirective(func(_ *core.Walker, d *ast.Directive) { node = d })
	observers.OnDirectiveList(func(*core.Walker, []*ast.Directive) { node = nil })
	observers.OnValue(func(_ *core.Walker, v *ast.Value) { node = v })
	observers.OnVariable(func(*core.Walker, *ast.VariableDefinition) { node = nil })
	return &node
}

// intRange refuses numbers outside of Int (GraphQL specification, 3.5.1).
func intRange(observers *core.Events, addError core.AddErrFunc) {
	observers.OnValue(func(_ *core.Walker, value *ast.Value) {
		if value.Kind != ast.IntValue || value.Definition == nil || value.Definition.Name != "Int" {
			return
		}
		if _, err := strconv.ParseInt(value.Raw, 10, 32); err != nil {
			addError(core.Message("Int cannot represent a number outside of 32 bits."), core.At(value.Position))
		}
	})
}

// jsonObject refuses other values than objects for the scalar JSON.
func jsonObject(observers *core.Events, addError core.AddErrFunc) {
	observers.OnValue(func(_ *core.Walker, value *ast.Value) {
		if value.Definition == nil || value.Definition.Name != "JSON" {
			return
		}
		switch value.Kind {
		case ast.ObjectValue, ast.Variable, ast.NullValue:
		default:
			addError(core.Message("JSON must be an object."), core.At(value.Position))
		}
	})
}

// noDefer refuses @defer. The parser declares it by itself, and the executor
// would wait for a reader of the second part.
func noDefer(observers *core.Events, addError core.AddErrFunc) {
	observers.OnDirective(func(_ *core.Walker, directive *ast.Directive) {
		if directive.Name == "defer" {
			addError(core.Message("@defer is not supported."), core.At(directive.Position))
		}
	})
}

// noIntrospection refuses the fields that describe the schema.
func noIntrospection(observers *core.Events, addError core.AddErrFunc) {
	observers.OnField(func(_ *core.Walker, field *ast.Field) {
		if field.Name == "__schema" || field.Name == "__type" {
			addError(core.Message("Introspection is disabled."), core.At(field.Position))
		}
	})
}
