package graph

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// at is an error at a path of names and indices, of a field that stands in a column.
func at(path string, column int, extensions map[string]any) *gqlerror.Error {
	err := &gqlerror.Error{Extensions: extensions, Locations: []gqlerror.Location{{Line: 1, Column: column}}}
	for _, step := range strings.Split(path, ".") {
		if n := 0; len(step) > 0 && step[0] >= '0' && step[0] <= '9' {
			_, _ = fmt.Sscan(step, &n)
			err.Path = append(err.Path, ast.PathIndex(n))
		} else {
			err.Path = append(err.Path, ast.PathName(step))
		}
	}
	return err
}

func TestInOrder(t *testing.T) {
	type place struct {
		path   string
		column int
	}
	tests := []struct {
		name string
		want []place
	}{
		{"root fields as they stand", []place{{"z", 3}, {"a", 9}, {"m", 20}}},
		{"indices as numbers", []place{{"l.2.a", 5}, {"l.9.a", 5}, {"l.10.a", 5}, {"l.100.a", 5}}},
		{"within an item", []place{{"l.0.b", 5}, {"l.0.a", 8}, {"l.1.b", 5}, {"l.1.a", 8}}},
		{"a parent before what is below it", []place{{"l", 1}, {"l.0", 2}, {"l.0.a", 3}}},
		{"lists in lists", []place{{"l.0.1", 5}, {"l.0.2", 5}, {"l.1.0", 5}}},
		{"fields of one place by name", []place{{"a", 5}, {"b", 5}}},
	}
	for _, tt := range tests {
		for seed := range uint64(20) {
			var errs gqlerror.List
			for _, p := range tt.want {
				errs = append(errs, at(p.path, p.column, nil))
			}
			rand.New(rand.NewPCG(seed, 0)).Shuffle(len(errs), func(i, j int) { errs[i], errs[j] = errs[j], errs[i] })
			var got []string
			for _, err := range inOrder(errs) {
				got = append(got, err.Path.String())
			}
			want := strings.Join(got, " ")
			for i, p := range tt.want {
				if strings.ReplaceAll(strings.ReplaceAll(got[i], "[", "."), "]", "") != p.path {
					t.Fatalf("%s: got %s", tt.name, want)
				}
			}
		}
	}
}

// Refusals are counted, other errors always shown.
func TestInOrderCountsRefusals(t *testing.T) {
	tests := []struct{ refusals, others, shown, omitted int }{
		{0, 0, 0, 0},
		{0, 50, 50, 0},
		{20, 0, 20, 0},
		{20, 5, 25, 0},
		{21, 0, 21, 1},
		{500, 30, 51, 480},
	}
	for _, tt := range tests {
		var errs gqlerror.List
		for i := range tt.refusals {
			errs = append(errs, at(fmt.Sprintf("l.%d.a", i), 5, map[string]any{"code": CodeForbidden, "reason": "missing_scope", "required": [][]string{{"x"}}}))
		}
		for i := range tt.others {
			errs = append(errs, at(fmt.Sprintf("l.%d.b", i), 7, map[string]any{"code": CodeNotFound}))
		}
		rand.Shuffle(len(errs), func(i, j int) { errs[i], errs[j] = errs[j], errs[i] })
		got := inOrder(errs)
		omitted := 0
		if i := slices.IndexFunc(got, func(e *gqlerror.Error) bool { return e.Extensions["omitted"] != nil }); i >= 0 {
			omitted, _ = got[i].Extensions["omitted"].(int)
			if i != len(got)-1 || got[i].Extensions["reason"] != "missing_scope" || got[i].Extensions["code"] != CodeForbidden {
				t.Errorf("the count is error %d: %v", i, got[i])
			}
		}
		if len(got) != tt.shown || omitted != tt.omitted {
			t.Errorf("%+v: %d shown, %d omitted", tt, len(got), omitted)
		}
	}
}
