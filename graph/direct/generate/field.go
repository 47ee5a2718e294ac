package main

import (
	"fmt"
	"go/types"

	"github.com/99designs/gqlgen/codegen"
	"github.com/99designs/gqlgen/codegen/config"
	"github.com/vektah/gqlparser/v2/ast"
)

// described reports whether the file describes an object type: not those of
// subscriptions.
func described(o *codegen.Object) bool {
	return !o.Stream && !o.IsMap()
}

// readable reports whether the file describes a field. An operation that selects
// another stays with gqlgen.
func readable(f *codegen.Field) bool {
	t := f.TypeReference
	if f.IsBatch() || f.HasHaser || f.VOkFunc || f.IsMap() {
		return false
	}
	return leaf(t) || t.IsRoot || shape(t) != ""
}

// plain reports whether a field can be read from a Go value alone.
func plain(f *codegen.Field) bool {
	if f.IsResolver || len(f.Args) > 0 || f.Object.Root {
		return false
	}
	return f.IsVariable() || f.IsMethod() && f.NoErr && !f.MethodHasContext
}

// leaf reports whether a type is a scalar or an enum, or a list of those.
func leaf(t *config.TypeReference) bool {
	return t.Definition.Kind == ast.Scalar || t.Definition.Kind == ast.Enum
}

// shape returns how a field of an object type is read: "one", "list", or "" for
// what only gqlgen can read.
func shape(t *config.TypeReference) string {
	switch {
	case t.IsPtrToPtr() || t.IsPtrToSlice() || t.IsPtrToIntf() || t.IsMarshaler:
		return ""
	case !t.IsSlice():
		return "one"
	case shape(t.Elem()) == "one":
		return "list"
	}
	return ""
}

// possible returns the expression for an object of type t in the variable v, and
// the name of its type.
func possible(t *config.TypeReference, v string) string {
	name := t.Definition.Name
	switch {
	case t.Definition.IsAbstractType():
		return fmt.Sprintf("direct%s(%s)", name, v)
	case t.IsPtr():
		return fmt.Sprintf("direct.Ref(%q, %s)", name, v)
	}
	return fmt.Sprintf("direct.Ref(%q, &%s)", name, v)
}

// scalars are the functions of package direct that append what those of gqlgen
// marshal.
var scalars = map[string]string{
	"github.com/99designs/gqlgen/graphql.MarshalString":  "String",
	"github.com/99designs/gqlgen/graphql.MarshalID":      "String",
	"github.com/99designs/gqlgen/graphql.MarshalInt":     "Int",
	"github.com/99designs/gqlgen/graphql.MarshalBoolean": "Bool",
	"github.com/99designs/gqlgen/graphql.MarshalTime":    "Time",
}

// appended returns the body of a function that appends the plain field f of obj
// to b. It is "" if package direct has no function for its type.
func appended(f *codegen.Field, value string) string {
	t := f.TypeReference
	switch {
	case !plain(f) || !leaf(t):
		return ""
	case !t.IsSlice():
		return scalar(t, value)
	case scalarOf(t.Elem()) != "String" || t.Elem().IsNilable():
		return ""
	case t.GQL.NonNull:
		return fmt.Sprintf("return direct.Strings(b, %s), true", value)
	}
	return fmt.Sprintf("v := %s; return direct.Strings(b, v), v != nil", value)
}

// scalar is appended for a type that is no list.
func scalar(t *config.TypeReference, value string) string {
	function := scalarOf(t)
	if function == "" || t.IsNilable() && !t.IsPtr() {
		return ""
	}
	read := ""
	if t.IsPtr() {
		read, value = fmt.Sprintf("v := %s; if v == nil { return b, false }; ", value), "*v"
	}
	if function == "Time" {
		return fmt.Sprintf("%sreturn direct.Time(b, %s)", read, value)
	}
	return fmt.Sprintf("%sreturn direct.%s(b, %s), true", read, function, value)
}

// scalarOf returns the function of package direct that appends a value of a type,
// "" if it has no such function.
func scalarOf(t *config.TypeReference) string {
	if t.Marshaler == nil || t.CastType != nil || t.HasEnumValues() || t.IsContext || t.IsPtrToPtr() {
		return ""
	}
	return scalars[fullName(t.Marshaler)]
}

func fullName(f *types.Func) string { return f.Pkg().Path() + "." + f.Name() }
