package graph

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// refusalsShown is how many refusals one answer lists.
const refusalsShown = 20

// inOrder sorts the errors of an operation as their places stand in it, for fields and the items of lists are resolved side by side.
func inOrder(errors gqlerror.List) gqlerror.List {
	slices.SortStableFunc(errors, byPlace)
	return shown(errors)
}

// shown keeps of many refusals the first ones, and says how many it left out.
func shown(errors gqlerror.List) gqlerror.List {
	kept := make(gqlerror.List, 0, min(len(errors), refusalsShown))
	refusals, omitted := 0, (*gqlerror.Error)(nil)
	for _, err := range errors {
		if _, refused := err.Extensions["required"]; !refused && err.Extensions["reason"] == nil {
			kept = append(kept, err)
			continue
		}
		if refusals++; refusals <= refusalsShown {
			kept = append(kept, err)
		} else {
			omitted = err
		}
	}
	if omitted != nil {
		code, _ := omitted.Extensions["code"].(ErrorCode)
		more := coded(fmt.Sprintf("%d more fields were refused.", refusals-refusalsShown), code)
		more.Extensions["reason"], more.Extensions["omitted"] = omitted.Extensions["reason"], refusals-refusalsShown
		kept = append(kept, more)
	}
	return kept
}

// byPlace compares two errors by their response paths; where these part in different names, by where their fields stand in the document.
func byPlace(a, b *gqlerror.Error) int {
	for i := range min(len(a.Path), len(b.Path)) {
		x, xIndex := a.Path[i].(ast.PathIndex)
		y, yIndex := b.Path[i].(ast.PathIndex)
		if xIndex && yIndex {
			if c := cmp.Compare(x, y); c != 0 {
				return c
			}
			continue
		}
		if a.Path[i] != b.Path[i] {
			return cmp.Or(byLocation(a, b), cmp.Compare(fmt.Sprint(a.Path[i]), fmt.Sprint(b.Path[i])))
		}
	}
	return cmp.Compare(len(a.Path), len(b.Path))
}

func byLocation(a, b *gqlerror.Error) int {
	if len(a.Locations) == 0 || len(b.Locations) == 0 {
		return 0
	}
	x, y := a.Locations[0], b.Locations[0]
	return cmp.Or(cmp.Compare(x.Line, y.Line), cmp.Compare(x.Column, y.Column))
}
