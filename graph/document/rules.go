package document

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/validator/core"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

// validation returns the rules of the GraphQL specification, and what they leave out, in the order of their names. Without introspection
// nothing suggests a name.
func validation(introspection bool) []core.Rule {
	var ordered []core.Rule
	inner := ruleSet(introspection).GetInner()
	for _, name := range slices.Sorted(maps.Keys(inner)) {
		ordered = append(ordered, core.Rule{Name: name, RuleFunc: inner[name]})
	}
	return ordered
}

func ruleSet(introspection bool) *rules.Rules {
	all := rules.NewDefaultRules()
	all.AddRule("IntRange", intRange)
	all.AddRule("NoDefer", noDefer)
	all.AddRule("JSONObject", jsonObject)
	if introspection {
		return all
	}
	all.AddRule("NoIntrospection", noIntrospection)
	for _, quiet := range []core.Rule{
		rules.FieldsOnCorrectTypeRuleWithoutSuggestions, rules.KnownArgumentNamesRuleWithoutSuggestions,
		rules.KnownTypeNamesRuleWithoutSuggestions, rules.ScalarLeafsRuleWithoutSuggestions, rules.ValuesOfCorrectTypeRuleWithoutSuggestions,
	} {
		all.RemoveRule(strings.TrimSuffix(quiet.Name, "WithoutSuggestions"))
		all.AddRule(quiet.Name, quiet.RuleFunc)
	}
	return all
}

// faults applies the rules to a document, and stops at the given number of faults: there can be many more of them than there are tokens, and
// to word one, with the names that may have been meant, takes longer than to find it.
func faults(schema *ast.Schema, doc *ast.QueryDocument, all []core.Rule, most int) (errs gqlerror.List) {
	type enough struct{}
	defer func() {
		if fault := recover(); fault != nil && fault != (enough{}) {
			panic(fault)
		}
	}()
	observers := &core.Events{}
	for _, rule := range all {
		rule.RuleFunc(observers, func(options ...core.ErrorOption) {
			err := &gqlerror.Error{Rule: rule.Name}
			for _, option := range options {
				option(err)
			}
			if errs = append(errs, err); len(errs) == most {
				panic(enough{}) // nothing else ends the walk of the library
			}
		})
	}
	core.Walk(schema, doc, observers)
	return errs
}

// intRange refuses numbers that no Int holds (GraphQL specification, 3.5.1).
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

// jsonObject refuses what is no object where one of JSON is expected.
func jsonObject(observers *core.Events, addError core.AddErrFunc) {
	observers.OnValue(func(_ *core.Walker, value *ast.Value) {
		if value.Definition == nil || value.Definition.Name != "JSON" {
			return
		}
		switch value.Kind {
		case ast.ObjectValue, ast.Variable, ast.NullValue:
		default:
			addError(core.Message("JSON cannot represent what is no object."), core.At(value.Position))
		}
	})
}

// noDefer refuses to answer in parts: the parser declares @defer by itself, and the executor would wait for somebody to take the second part.
func noDefer(observers *core.Events, addError core.AddErrFunc) {
	observers.OnDirective(func(_ *core.Walker, directive *ast.Directive) {
		if directive.Name == "defer" {
			addError(core.Message("Answers are not sent in parts: there is no @defer."), core.At(directive.Position))
		}
	})
}

// noIntrospection refuses the fields that describe the schema.
func noIntrospection(observers *core.Events, addError core.AddErrFunc) {
	observers.OnField(func(_ *core.Walker, field *ast.Field) {
		if field.Name == "__schema" || field.Name == "__type" {
			addError(core.Message("Introspection is switched off."), core.At(field.Position))
		}
	})
}

// Discreet takes from a message of the parser or validator what it repeats of the document: a literal there may be a password.
func Discreet(err *gqlerror.Error) *gqlerror.Error {
	switch {
	case err.Rule == "":
		err.Message, _, _ = strings.Cut(err.Message, `"`)
		err.Message, _, _ = strings.Cut(err.Message, `: `)
		err.Message = "The document is not GraphQL: " + strings.TrimRight(err.Message, ` :,.`) + "."
	case strings.HasPrefix(err.Rule, "ValuesOfCorrectType") && !strings.HasPrefix(err.Message, `Field "`):
		err.Message = expected(err.Message)
	}
	return err
}

// expected is what a message about a value says of the type, without the value: what stands before the first of the words that introduce it.
func expected(message string) string {
	end := len(message)
	for _, introduction := range []string{", found ", ": "} {
		if at := strings.Index(message, introduction); at >= 0 {
			end = min(end, at)
		}
	}
	if end == len(message) || strings.HasPrefix(message, "Value ") {
		return unfitValue
	}
	return message[:end] + "."
}
