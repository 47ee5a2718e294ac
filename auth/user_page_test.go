package auth

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// fakeUserList is a UserStore with the accounts 1 to n. It notes what it is asked
// for.
type fakeUserList struct {
	UserStore
	n     int
	asked []UserPage
}

func (l *fakeUserList) Users(_ context.Context, page UserPage) ([]*User, error) {
	l.asked = append(l.asked, page)
	var users []*User
	for i := 1; i <= l.n && len(users) < page.First; i++ {
		if id := numbered(i); id > page.After {
			users = append(users, &User{ID: id})
		}
	}
	return users, nil
}

func numbered(i int) string { return fmt.Sprintf("00000000-0000-7000-8000-%012d", i) }

func TestUsers(t *testing.T) {
	tests := []struct {
		name     string
		accounts int
		first    int
		after    int // 0: from the start
		ids      []int
		more     bool
	}{
		{"no accounts", 0, 20, 0, nil, false},
		{"just full", 3, 3, 0, numbers(1, 3), false},
		{"one more follows", 4, 3, 0, numbers(1, 3), true},
		{"second page", 5, 3, 3, numbers(4, 5), false},
		{"none asked for", 3, 0, 0, nil, true},
		{"none asked for, no accounts", 0, 0, 0, nil, false},
		{"after the last", 3, 3, 3, nil, false},
		{"after one that was deleted", 3, 3, 7, nil, false},
		{"as many as possible", 150, 100, 0, numbers(1, 100), true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			page := UserPage{First: tt.first}
			if tt.after > 0 {
				page.After = numbered(tt.after)
			}
			users, more, err := (&Accounts{Store: &fakeUserList{n: tt.accounts}}).Users(t.Context(), page)
			if err != nil {
				t.Fatal(err)
			}
			var ids []int
			for _, u := range users {
				var id int
				if _, err := fmt.Sscanf(u.ID, "00000000-0000-7000-8000-%012d", &id); err != nil {
					t.Fatal(err)
				}
				ids = append(ids, id)
			}
			if !slices.Equal(ids, tt.ids) || more != tt.more {
				t.Errorf("accounts %v, more %v; want %v, %v", ids, more, tt.ids, tt.more)
			}
		})
	}
}

func numbers(first, last int) []int {
	var all []int
	for i := first; i <= last; i++ {
		all = append(all, i)
	}
	return all
}

func TestUsersRefuses(t *testing.T) {
	tests := []struct {
		name  string
		page  UserPage
		field string // "" for none
	}{
		{"negative", UserPage{First: -1}, "first"},
		{"too many", UserPage{First: 101}, "first"},
		{"far too many", UserPage{First: 1 << 40}, "first"},
		{"NUL in the email", UserPage{First: 1, Filter: UserFilter{Email: ptr("a\x00")}}, "email"},
		{"invalid UTF-8 in the name", UserPage{First: 1, Filter: UserFilter{Name: ptr("\xff")}}, "name"},
		{"huge role", UserPage{First: 1, Filter: UserFilter{Role: ptr(strings.Repeat("a", 1025))}}, "role"},
		{"all of them", UserPage{First: 1, Filter: UserFilter{Role: ptr("\x00"), Name: ptr("\x00"), Email: ptr("\x00")}}, "email"},
		{"right", UserPage{First: 100, After: ada, Filter: UserFilter{Email: ptr("a%"), Name: ptr("_"), Role: ptr("admin")}}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			list := &fakeUserList{}
			_, _, err := (&Accounts{Store: list}).Users(t.Context(), tt.page)
			if got := field(t, err); got != tt.field {
				t.Errorf("refused for %q; want %q", got, tt.field)
			}
			if asked := len(list.asked) > 0; asked != (tt.field == "") {
				t.Errorf("asked the store: %v", asked)
			}
		})
	}
}

// field returns the field that an InputError names, or "" for no error.
func field(t *testing.T, err error) string {
	t.Helper()
	var input *InputError
	if err != nil && !errors.As(err, &input) {
		t.Fatalf("error %v; want an InputError", err)
	}
	if input == nil {
		return ""
	}
	return input.Field
}

// refusedField returns the argument that an InputError or a ConflictError names.
func refusedField(err error) string {
	var input *InputError
	var conflict *ConflictError
	switch {
	case errors.As(err, &input):
		return input.Field
	case errors.As(err, &conflict):
		return conflict.Field
	default:
		return ""
	}
}
