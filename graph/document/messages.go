package document

import (
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/gqlerror"
)

// unnamed words the error of a document so that it names nothing of the schema but what the document names itself: no type, no argument or input
// field that is missing, no value that would have been right. Where it stands is still told.
func unnamed(err *gqlerror.Error) {
	rule := strings.TrimSuffix(err.Rule, "WithoutSuggestions")
	if slices.Contains(ownWords(), rule) {
		return
	}
	for _, w := range wordings() {
		if w.rule != rule {
			continue
		}
		if at := strings.Index(err.Message, w.end); w.end != "" && at >= 0 {
			err.Message = err.Message[:at] + w.instead
			return
		}
	}
	err.Message = "This does not fit the schema."
	if rule == "ValuesOfCorrectType" {
		err.Message = unfitValue
	}
}

// unfitValue says of a value that it is not what is expected, and of neither what it is.
const unfitValue = "A value is not of the type expected here."

// ownWords are the rules whose messages repeat names of the document only.
func ownWords() []string {
	return []string{
		"FragmentsOnCompositeTypes", "KnownDirectives", "KnownFragmentNames", "KnownRootType", "KnownTypeNames", "LoneAnonymousOperation",
		"MaxIntrospectionDepth", "NoDefer", "NoFragmentCycles", "NoIntrospection", "NoUndefinedVariables", "NoUnusedFragments", "NoUnusedVariables",
		"UniqueArgumentNames", "UniqueDirectivesPerLocation", "UniqueFragmentNames", "UniqueInputFieldNames", "UniqueOperationNames",
		"UniqueVariableNames", "VariablesAreInputTypes",
	}
}

// wordings are the rules whose messages go on to name what the document does not, from which words on, and what stands instead of them.
func wordings() []struct{ rule, end, instead string } {
	return []struct{ rule, end, instead string }{
		{"FieldsOnCorrectType", ` on type "`, `.`},
		{"KnownArgumentNames", ` on field "`, `.`},
		{"KnownArgumentNames", ` on directive "`, `.`},
		{"OverlappingFieldsCanBeMerged", ` because `, `. Use different aliases to fetch both.`},
		{"PossibleFragmentSpreads", ` as objects of type "`, `.`},
		{"ProvidedRequiredArguments", ` argument "`, ` lacks an argument that is required.`},
		{"ScalarLeafs", ` of type "`, ` must have a selection of subfields.`},
		{"ScalarLeafs", ` since type "`, `.`},
		{"ValuesOfCorrectType", ` is not defined by type "`, ` is not defined here.`},
		{"VariablesInAllowedPosition", ` used in position expecting`, ` can't be used here.`},
	}
}

// unnamedVariable says which variable does not fit, and neither in what nor what would.
func unnamedVariable(err *gqlerror.Error) {
	const head = "Variable $"
	name := strings.TrimPrefix(err.Message, head)
	err.Message = head + name[:strings.IndexAny(name, " .[")] + " is missing, or does not fit its type."
}
