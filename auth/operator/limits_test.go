package operator

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// scopes returns n scopes of so many bytes.
func scopes(n, size int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("read:%03d%s", i, strings.Repeat("x", size-8))
	}
	return all
}

func TestLimitsOfAGrant(t *testing.T) {
	tests := []struct {
		name    string
		granted []string // to the role shop before
		scopes  []string
		refused bool // to be granted
	}{
		{"101", nil, scopes(101, 10), true},
		{"220", nil, scopes(220, 20), true},
		{"one more than 100", scopes(100, 10), []string{"write:items"}, true},
		{"one more than too many, of the release before", scopes(220, 20), []string{"write:items"}, true},
		{"4,100 bytes", nil, scopes(50, 81), true},
		{"one more byte than fits", scopes(49, 80), scopes(1, 129), true},
		{"100", nil, scopes(100, 10), false},
		{"100, each twice", nil, append(scopes(100, 10), scopes(100, 10)...), false},
		{"4,096 bytes", scopes(49, 80), []string{"read:" + strings.Repeat("x", 122)}, false},
		{"one that it has, of too many", scopes(220, 20), scopes(1, 20), false},
		{"none", nil, nil, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			store := &fakeRoleStore{shop: tt.granted}
			roles := &Roles{Store: store}
			_, err := roles.Grant(t.Context(), "shop", tt.scopes)
			if refused := refusedField(err) == "scope"; refused != tt.refused || (err != nil) != tt.refused {
				t.Errorf("Grant: %v; want refused: %v", err, tt.refused)
			}
			if tt.refused && !slices.Equal(store.stored.Scopes, tt.granted) {
				t.Errorf("Grant: refused, and yet it grants %v", store.stored.Scopes)
			}
			if _, err := roles.Revoke(t.Context(), "shop", tt.scopes); err != nil {
				t.Errorf("Revoke: %v", err)
			}
			if tt.granted != nil {
				return
			}
			if err := roles.Create(t.Context(), "new", tt.scopes); (refusedField(err) == "scope") != tt.refused || (err != nil) != tt.refused {
				t.Errorf("Create: %v; want refused: %v", err, tt.refused)
			}
		})
	}
}
