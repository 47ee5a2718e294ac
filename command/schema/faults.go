package schema

import (
	"errors"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"

	"gatehouse/auth/policy"
	"gatehouse/command/terminal"
	"gatehouse/graph/position"
)

// A faultList lists what is wrong with files of GraphQL, each with its place.
type faultList []string

// Error lists the faults, one on each line.
func (e faultList) Error() string { return strings.Join(e, "\n") }

// add adds faults that are not in the list: the library reports some twice.
func (e *faultList) add(list ...*gqlerror.Error) {
	for _, err := range list {
		if text := err.Error(); !slices.Contains(*e, text) {
			*e = append(*e, text)
		}
	}
}

// orNil returns the list as an error, nil if it is empty.
func (e faultList) orNil() error {
	if len(e) == 0 {
		return nil
	}
	return e
}

// placed returns an error of the library about sources with its right place.
func placed(err error, sources []*ast.Source) *gqlerror.Error {
	var g *gqlerror.Error
	if !errors.As(err, &g) {
		return gqlerror.Wrap(err)
	}
	for _, source := range sources {
		if g.Extensions["file"] == source.Name {
			position.Correct(source.Input, g)
		}
	}
	return g
}

// parse makes a schema of sources. Its error is a [faultList] with all that
// can't be read or, if everything can, with all that is not defined.
func parse(sources []*ast.Source) (*ast.Schema, error) {
	document, err := parser.ParseSchema(validator.Prelude)
	if err != nil {
		return nil, err
	}
	var faults faultList
	for _, source := range sources {
		part, err := parser.ParseSchema(source)
		if err != nil {
			faults.add(placed(err, sources))
			continue
		}
		document.Merge(part)
	}
	if len(faults) > 0 {
		return nil, faults
	}
	faults = undefined(document)
	if len(faults) > 0 {
		return nil, faults
	}
	schema, err := validator.ValidateSchemaDocument(document)
	if err != nil {
		return nil, faultList{placed(err, sources).Error()}
	}
	return schema, nil
}

// undefined returns the types and directives that a schema uses and does not
// define, each once. It removes undefined directives that are known to be
// harmless: the tools that they belong to define them, such as gqlgen's plugin
// for federation.
func undefined(document *ast.SchemaDocument) faultList {
	u := &references{types: map[string]bool{}, directives: map[string]bool{}, missing: map[string]*gqlerror.Error{}, more: map[string]int{}}
	for _, def := range slices.Concat(document.Definitions, document.Extensions) {
		u.types[def.Name] = true
	}
	for _, def := range document.Directives {
		u.directives[def.Name] = true
	}
	u.document(document)
	var faults faultList
	for _, what := range u.order {
		err := u.missing[what]
		if n := u.more[what]; n > 0 {
			err.Message += " It is used in " + terminal.Count(n, "more place") + "."
		}
		faults.add(err)
	}
	return faults
}

// references checks what a schema refers to.
type references struct {
	types, directives map[string]bool // that are defined

	order   []string // what is missing, as it was found
	missing map[string]*gqlerror.Error
	more    map[string]int // how often it was found again
}

func (r *references) document(d *ast.SchemaDocument) {
	for _, schema := range slices.Concat(d.Schema, d.SchemaExtension) {
		r.applied(&schema.Directives)
		for _, operation := range schema.OperationTypes {
			r.named(operation.Type, operation.Position)
		}
	}
	for _, def := range slices.Concat(d.Definitions, d.Extensions) {
		r.definition(def)
	}
	for _, def := range d.Directives {
		r.arguments(def.Arguments)
	}
}

func (r *references) definition(def *ast.Definition) {
	r.applied(&def.Directives)
	for _, name := range def.Interfaces {
		r.named(name, def.Position)
	}
	for i, name := range def.Types {
		r.named(name, def.TypePositions[i])
	}
	for _, field := range def.Fields {
		r.applied(&field.Directives)
		r.named(field.Type.Name(), field.Type.Position)
		r.arguments(field.Arguments)
	}
	for _, value := range def.EnumValues {
		r.applied(&value.Directives)
	}
}

func (r *references) arguments(list ast.ArgumentDefinitionList) {
	for _, arg := range list {
		r.applied(&arg.Directives)
		r.named(arg.Type.Name(), arg.Type.Position)
	}
}

// named checks that a type is defined.
func (r *references) named(name string, at *ast.Position) {
	if !r.types[name] {
		r.miss(at, "Undefined type "+name+".")
	}
}

// applied checks that directives are defined.
func (r *references) applied(list *ast.DirectiveList) {
	*list = slices.DeleteFunc(*list, func(d *ast.Directive) bool { return !r.directives[d.Name] && policy.Harmless(d.Name) })
	for _, d := range *list {
		switch fault := "Undefined directive " + d.Name + "."; {
		case r.directives[d.Name]:
		case slices.Contains(policy.DirectiveNames(), d.Name) && (d.Name != "scope" || d.Arguments.ForName("title") != nil):
			r.miss(d.Position, fault, "Add the file that gatehouse schema directives prints.")
		default:
			r.miss(d.Position, fault, "It guards nothing: "+policy.Instead(d)+".")
		}
	}
}

// miss notes a fault, which is told once, with advice.
func (r *references) miss(at *ast.Position, fault string, advice ...string) {
	if r.missing[fault] != nil {
		r.more[fault]++
		return
	}
	r.order = append(r.order, fault)
	err := gqlerror.ErrorPosf(at, "%s", strings.Join(append([]string{fault}, advice...), " "))
	err.Locations = position.Of(at)
	r.missing[fault] = err
}
