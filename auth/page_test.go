package auth

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestPositionRefusesForgedCursors(t *testing.T) {
	good := cursor(ada)
	if id, ok := position(good); !ok || id != ada {
		t.Fatalf("position(%q) = %q, %v; want %q", good, id, ok, ada)
	}
	tests := []struct{ name, cursor string }{
		{"empty", ""},
		{"an id", ada},
		{"one character less", good[:len(good)-1]},
		{"one character more", good + "A"},
		{"padded", good + "=="},
		{"bits after the end", good[:len(good)-1] + "B"},
		{"other alphabet", strings.Repeat("+", 22)},
		{"line break inside", good[:4] + "\n" + good[4:]},
		{"NUL", good[:21] + "\x00"},
		{"huge", strings.Repeat("A", 1<<20)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if id, ok := position(tt.cursor); ok {
				t.Errorf("position(%.40q) = %q; want none", tt.cursor, id)
			}
		})
	}
}

func FuzzPosition(f *testing.F) {
	f.Add(cursor(ada))
	f.Add("")
	f.Add("AAAAAAAAAAAAAAAAAAAAAA\r\n")
	f.Fuzz(func(t *testing.T, text string) {
		id, ok := position(text)
		if !ok {
			return
		}
		if parsed, err := parseID("id", id); err != nil || parsed != id {
			t.Fatalf("position(%q) = %q, which is no id", text, id)
		}
		if cursor(id) != text {
			t.Fatalf("%q and %q are cursors of one account", text, cursor(id))
		}
	})
}

// aList is a store with the accounts 1 to n, which remembers what it was asked.
type aList struct {
	UserStore
	n     int
	asked []UserPage
}

func (l *aList) Users(_ context.Context, page UserPage) ([]*User, error) {
	l.asked = append(l.asked, page)
	var users []*User
	for i := 1; i <= l.n && len(users) < page.Limit; i++ {
		if id := numbered(i); id > page.After {
			users = append(users, &User{ID: id})
		}
	}
	return users, nil
}

func numbered(i int) string { return fmt.Sprintf("00000000-0000-7000-8000-%012d", i) }

func TestPages(t *testing.T) {
	ptr := func(i int) *int { return &i }
	tests := []struct {
		name      string
		accounts  int
		first     *int
		after     int // 0: from the start
		ids       []int
		next, was bool
	}{
		{"none there", 0, nil, 0, nil, false, false},
		{"default is 20", 25, nil, 0, numbers(1, 20), true, false},
		{"just full", 3, ptr(3), 0, numbers(1, 3), false, false},
		{"one more follows", 4, ptr(3), 0, numbers(1, 3), true, false},
		{"second page", 5, ptr(3), 3, numbers(4, 5), false, true},
		{"nothing asked", 3, ptr(0), 0, nil, true, false},
		{"nothing asked of nothing", 0, ptr(0), 0, nil, false, false},
		{"after the last", 3, ptr(3), 3, nil, false, true},
		{"after one that is gone", 3, ptr(3), 7, nil, false, true},
		{"the most", 150, ptr(100), 0, numbers(1, 100), true, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var after *string
			if tt.after > 0 {
				c := cursor(numbered(tt.after))
				after = &c
			}
			got, err := (&Accounts{Store: &aList{n: tt.accounts}}).Users(t.Context(), tt.first, after, nil)
			if err != nil {
				t.Fatal(err)
			}
			var ids []int
			for _, u := range got.Nodes {
				var id int
				if _, err := fmt.Sscanf(u.ID, "00000000-0000-7000-8000-%012d", &id); err != nil {
					t.Fatal(err)
				}
				ids = append(ids, id)
			}
			if !slices.Equal(ids, tt.ids) || got.PageInfo.HasNextPage != tt.next || got.PageInfo.HasPreviousPage != tt.was {
				t.Errorf("accounts %v, %+v; want %v, next %v, previous %v", ids, *got.PageInfo, tt.ids, tt.next, tt.was)
			}
			checkCursors(t, got)
		})
	}
}

// checkCursors makes sure that each edge stands for its node, and that the page's ends are those of its edges.
func checkCursors(t *testing.T, c *UserConnection) {
	t.Helper()
	edges := c.Edges()
	if len(edges) != len(c.Nodes) {
		t.Fatalf("%d edges of %d nodes", len(edges), len(c.Nodes))
	}
	for i, e := range edges {
		if id, ok := position(e.Cursor); !ok || id != c.Nodes[i].ID || e.Node != c.Nodes[i] {
			t.Errorf("edge %d is %+v; want the one of %q", i, e, c.Nodes[i].ID)
		}
	}
	start, end := c.PageInfo.StartCursor, c.PageInfo.EndCursor
	if len(edges) == 0 {
		if start != nil || end != nil {
			t.Error("a page of nothing has ends")
		}
		return
	}
	if *start != edges[0].Cursor || *end != edges[len(edges)-1].Cursor {
		t.Errorf("the page goes from %q to %q; want the first and the last edge", *start, *end)
	}
}

func numbers(first, last int) []int {
	var all []int
	for i := first; i <= last; i++ {
		all = append(all, i)
	}
	return all
}

func TestPagesRefuse(t *testing.T) {
	ptr := func(s string) *string { return &s }
	tests := []struct {
		name   string
		first  int
		after  *string
		filter *UserFilter
		field  string // "" for what is right
	}{
		{"negative", -1, nil, nil, "first"},
		{"too many", 101, nil, nil, "first"},
		{"far too many", 1 << 40, nil, nil, "first"},
		{"forged cursor", 1, ptr("x"), nil, "after"},
		{"empty cursor", 1, ptr(""), nil, "after"},
		{"NUL in the e-mail", 1, nil, &UserFilter{Email: ptr("a\x00")}, "filter.email"},
		{"invalid UTF-8 in the name", 1, nil, &UserFilter{Name: ptr("\xff")}, "filter.name"},
		{"huge role", 1, nil, &UserFilter{Role: ptr(strings.Repeat("a", 1025))}, "filter.role"},
		{"all of it right", 100, ptr(cursor(ada)), &UserFilter{Email: ptr("a%"), Name: ptr("_"), Role: ptr("admin")}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			list := &aList{}
			_, err := (&Accounts{Store: list}).Users(t.Context(), &tt.first, tt.after, tt.filter)
			if got := field(t, err); got != tt.field {
				t.Errorf("refused for %q; want %q", got, tt.field)
			}
			if asked := len(list.asked) > 0; asked != (tt.field == "") {
				t.Errorf("asked the store: %v", asked)
			}
		})
	}
}

// field returns the argument that an InputError names, "" for no error.
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
