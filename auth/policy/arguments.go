package policy

import (
	"reflect"

	"github.com/vektah/gqlparser/v2/ast"
)

// An argumentCheck is an argument whose value has to be searched for guarded
// input fields, or that is guarded itself.
type argumentCheck struct {
	value *ast.Value
	typ   *ast.Type
	rule  *Rule // of the argument itself, or nil
}

// supplied returns the rules of what the caller supplies in an argument: of the
// argument itself, and of input fields in it. Supplied means by a literal, by a
// variable with a value or a default of its own, or by an explicit null, but
// not by a default of the schema. vars are the coerced variables of the
// operation.
func (p *Policy) supplied(check argumentCheck, vars map[string]any) []*Rule {
	if !given(check.value, vars) {
		return nil
	}
	var rules []*Rule
	if check.rule != nil {
		rules = append(rules, check.rule)
	}
	p.literal(check.value, check.typ, vars, &rules)
	return rules
}

// given reports whether a value is supplied. A variable without a value isn't.
func given(v *ast.Value, vars map[string]any) bool {
	if v.Kind != ast.Variable {
		return true
	}
	_, ok := vars[v.Raw]
	return ok
}

// literal collects the rules of the input fields in a value of the document.
func (p *Policy) literal(v *ast.Value, typ *ast.Type, vars map[string]any, rules *[]*Rule) {
	if !p.guardedInputs[typ.Name()] {
		return
	}
	switch v.Kind {
	case ast.Variable:
		p.variable(vars[v.Raw], typ, rules)
	case ast.ListValue:
		for _, child := range v.Children {
			p.literal(child.Value, element(typ), vars, rules)
		}
	case ast.ObjectValue:
		def := p.schema.Types[typ.Name()]
		for _, child := range v.Children {
			field := def.Fields.ForName(child.Name)
			if field == nil || !given(child.Value, vars) {
				continue
			}
			if rule := p.inputs[field]; rule != nil {
				*rules = append(*rules, rule)
			}
			p.literal(child.Value, field.Type, vars, rules)
		}
	}
}

// variable collects the rules of the input fields in a variable's value.
func (p *Policy) variable(v any, typ *ast.Type, rules *[]*Rule) {
	if !p.guardedInputs[typ.Name()] {
		return
	}
	switch v := v.(type) {
	case []any:
		for _, child := range v {
			p.variable(child, element(typ), rules)
		}
	case map[string]any:
		def := p.schema.Types[typ.Name()]
		for _, field := range def.Fields {
			value, ok := v[field.Name]
			if !ok {
				continue
			}
			if rule := p.inputs[field]; rule != nil {
				*rules = append(*rules, rule)
			}
			p.variable(value, field.Type, rules)
		}
	default:
		// gqlparser coerces a single value to a typed list of one: []map[string]any.
		if list := reflect.ValueOf(v); list.Kind() == reflect.Slice {
			for i := range list.Len() {
				p.variable(list.Index(i).Interface(), element(typ), rules)
			}
		}
	}
}

// element returns the type of a list's items. GraphQL takes a single value for
// a list of one, so for any other type it returns the type itself.
func element(t *ast.Type) *ast.Type {
	if t.Elem != nil {
		return t.Elem
	}
	return t
}

// suppliedRefusal returns the gravest refusal of what the caller supplies to a
// field, or nil.
func (d *Decision) suppliedRefusal(field *ast.Field, vars map[string]any) (found *Refusal) {
	for _, check := range d.plan.arguments[field] {
		for _, rule := range d.plan.policy.supplied(check, vars) {
			if unmet := rule.unmet(d.subject); len(unmet) > 0 {
				found = graver(found, refuse(rule, d.subject, unmet))
			}
		}
	}
	return found
}
