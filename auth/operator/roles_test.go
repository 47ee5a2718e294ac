package operator

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"gatehouse/auth"
)

// fakeRoleStore is a RoleStore with the role shop. It notes what it is told to store.
type fakeRoleStore struct {
	shop    []string
	stored  *Role
	deleted string
}

func (b *fakeRoleStore) Roles(context.Context) ([]Role, error) { return []Role{{"shop", b.shop}}, nil }

func (b *fakeRoleStore) CreateRole(_ context.Context, r Role) error {
	b.stored = &r
	return nil
}

func (b *fakeRoleStore) ChangeRole(_ context.Context, name string, change func([]string) []string) (*Role, error) {
	if name != "shop" {
		return nil, auth.ErrNotFound
	}
	b.stored = &Role{name, change(slices.Clone(b.shop))}
	return b.stored, nil
}

func (b *fakeRoleStore) DeleteRole(_ context.Context, name string) error {
	b.deleted = name
	return nil
}

func TestCreateRole(t *testing.T) {
	tests := []struct {
		name, role string
		scopes     []string
		field      string
		stored     []string
	}{
		{"no name", "", nil, "name", nil},
		{"upper case", "Shop", nil, "name", nil},
		{"space", "shop keeper", nil, "name", nil},
		{"digit first", "1st", nil, "name", nil},
		{"line break last", "shop\n", nil, "name", nil},
		{"NUL", "shop\x00", nil, "name", nil},
		{"not ASCII", "sh\u00f6p", nil, "name", nil},
		{"64 letters", strings.Repeat("a", 64), nil, "name", nil},
		{"63 letters", strings.Repeat("a", 63), nil, "", []string{}},
		{"every kind of character", "shop_keeper-2", nil, "", []string{}},

		{"empty scope", "shop", []string{""}, "scope", nil},
		{"scope without a noun", "shop", []string{"read"}, "scope", nil},
		{"scope with nothing before the colon", "shop", []string{":items"}, "scope", nil},
		{"scope with nothing behind the colon", "shop", []string{"read:"}, "scope", nil},
		{"scope with a space", "shop", []string{"read:items admin:all"}, "scope", nil},
		{"scope with a quote", "shop", []string{`read:"items"`}, "scope", nil},
		{"scope with a backslash", "shop", []string{`read:it\ems`}, "scope", nil},
		{"scope with a line break", "shop", []string{"read:items\n"}, "scope", nil},
		{"one bad scope among good ones", "shop", []string{"read:items", "READ:ITEMS"}, "scope", nil},
		{"scopes are a set", "shop", []string{"write:items", "read:items", "write:items"}, "", []string{"read:items", "write:items"}},
		{"scope of more than two parts", "shop", []string{"read:items/shoes.sold:*"}, "", []string{"read:items/shoes.sold:*"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			store := &fakeRoleStore{}
			err := (&Roles{Store: store}).Create(t.Context(), tt.role, tt.scopes)
			if got := field(t, err); got != tt.field {
				t.Fatalf("refused for %q; want %q", got, tt.field)
			}
			if (store.stored != nil) != (tt.field == "") {
				t.Fatalf("stored %+v", store.stored)
			}
			if tt.field == "" && (store.stored.Name != tt.role || !slices.Equal(store.stored.Scopes, tt.stored) || store.stored.Scopes == nil) {
				t.Errorf("stored %#v; want %q with %#v", store.stored, tt.role, tt.stored)
			}
		})
	}
}

func TestGrantAndRevoke(t *testing.T) {
	tests := []struct {
		name   string
		do     func(*Roles, context.Context, string, []string) (*Role, error)
		role   string
		scopes []string
		want   []string
		field  string // of the refusal
	}{
		{"grant", (*Roles).Grant, "shop", []string{"write:items", "a:b"}, []string{"a:b", "read:items", "write:items"}, ""},
		{"grant what it has", (*Roles).Grant, "shop", []string{"read:items"}, []string{"read:items", "write:items"}, ""},
		{"grant an invalid scope", (*Roles).Grant, "shop", []string{"all"}, nil, "scope"},
		{"grant to admin", (*Roles).Grant, auth.RoleAdmin, []string{"a:b"}, nil, "name"},
		{"revoke", (*Roles).Revoke, "shop", []string{"write:items"}, []string{"read:items"}, ""},
		{"revoke all", (*Roles).Revoke, "shop", []string{"write:items", "read:items"}, []string{}, ""},
		{"revoke what it lacks", (*Roles).Revoke, "shop", []string{"a:b"}, []string{"read:items", "write:items"}, ""},
		{"revoke from admin", (*Roles).Revoke, auth.RoleAdmin, []string{"a:b"}, nil, "name"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			store := &fakeRoleStore{shop: []string{"read:items", "write:items"}}
			got, err := tt.do(&Roles{Store: store}, t.Context(), tt.role, tt.scopes)
			if refused := refusedField(err); refused != tt.field {
				t.Fatalf("refused for %q (%v); want %q", refused, err, tt.field)
			}
			if tt.field == "" && (!slices.Equal(got.Scopes, tt.want) || got.Scopes == nil) {
				t.Errorf("%s grants %#v; want %#v", tt.role, got.Scopes, tt.want)
			}
			if tt.field != "" && store.stored != nil {
				t.Errorf("refused, and yet stored %+v", store.stored)
			}
		})
	}
	if _, err := (&Roles{Store: &fakeRoleStore{}}).Grant(t.Context(), "ghost", []string{"a:b"}); !errors.Is(err, auth.ErrNotFound) {
		t.Errorf("error %v for a role that does not exist; want auth.ErrNotFound", err)
	}
}

func TestDeleteRole(t *testing.T) {
	tests := []struct {
		role    string
		refused bool
	}{
		{auth.RoleAdmin, true},
		{auth.RoleUser, true},
		{"support", true},
		{"shop", false},
	}
	for _, tt := range tests {
		t.Run(tt.role, func(t *testing.T) {
			store := &fakeRoleStore{}
			err := (&Roles{Store: store, Named: []string{"support"}}).Delete(t.Context(), tt.role)
			var conflict *auth.ConflictError
			if errors.As(err, &conflict) != tt.refused || (err != nil) != tt.refused || (store.deleted == "") != tt.refused {
				t.Errorf("error %v, deleted %q; want refused: %v", err, store.deleted, tt.refused)
			}
		})
	}
}
