package graph

import (
	"strings"
	"testing"
)

// The store is asked for the times of accounts only if an operation selects one,
// wherever it does.
func TestTimesAreReadIfSelected(t *testing.T) {
	tests := []struct {
		query string
		times bool
	}{
		{`{ users { nodes { id email name roles emailVerified disabled } } }`, false},
		{`{ users { pageInfo { endCursor } totalCount } }`, false},
		{`{ users { edges { node { id sessions { createdAt lastUsedAt expiresAt } } } } }`, false},
		{`{ users { nodes { createdAt } } }`, true},
		{`{ users { nodes { id when: updatedAt } } }`, true},
		{`{ users { edges { node { ... { lastLoginAt } } } } }`, true},
		{`{ users { ...F } } fragment F on UserConnection { nodes { ...G } } fragment G on User { id ... on User { createdAt } }`, true},
		{`{ users { nodes { id } } users { nodes { id createdAt } } }`, true},
		{`query($no: Boolean = true) { users { nodes { id createdAt @skip(if: $no) } } }`, true},
		{`{ users { nodes { ...F } edges { node { ...F } } } } fragment F on User { id }`, false},
	}
	for _, tt := range tests {
		for _, executor := range []Executor{ExecutorDirect, ExecutorGqlgen} {
			s := newService(t, func(p *Parts) { p.Executor = executor })
			got := s.ask(t, adm, tt.query, nil)
			if got.codes() != "" || strings.Contains(got.Body.String(), `"createdAt":null`) {
				t.Errorf("%s: %s", tt.query, got.Body)
			}
			if s.store.page.Untimed == tt.times {
				t.Errorf("%s, %s: untimed %t", executor, tt.query, s.store.page.Untimed)
			}
		}
	}
}
