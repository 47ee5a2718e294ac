package policy

import (
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// Can reports whether the subject may reach a schema coordinate whoever's it is: a field (User.email), an input field
// (UpdateUserInput.email) or an argument (Mutation.updateUser(id:)). It is known if the schema has it.
func (p *Policy) Can(s *Subject, coordinate string) (may, known bool) {
	field, arg, isArgument := strings.Cut(strings.TrimSuffix(coordinate, ":)"), "(")
	if isArgument != strings.HasSuffix(coordinate, ":)") {
		return false, false
	}
	def, name := p.member(field)
	if def == nil {
		return false, false
	}
	rule := p.fields[def]
	if rule == nil {
		rule = p.inputs[def]
	}
	may = rule == nil || len(rule.unmet(s)) == 0
	if !isArgument {
		return may, name != ""
	}
	argument := def.Arguments.ForName(arg)
	if argument == nil {
		return false, false
	}
	rule = p.args[argument]
	return may && (rule == nil || len(rule.unmet(s)) == 0), true
}

// member returns the field of a type that Type.field names, nil if there is none.
func (p *Policy) member(coordinate string) (*ast.FieldDefinition, string) {
	typename, name, ok := strings.Cut(coordinate, ".")
	def := p.schema.Types[typename]
	if !ok || def == nil || strings.HasPrefix(name, "__") || strings.HasPrefix(typename, "__") {
		return nil, ""
	}
	return def.Fields.ForName(name), name
}
