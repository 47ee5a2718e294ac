package relay

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/uuid"

	"gatehouse/auth"
)

const accountID = "0190b0a5-3c4f-7d2e-8a11-5f0c2b7e9d63"

func TestDecodeCursorRefusesForgedCursors(t *testing.T) {
	good := cursor(accountID)
	if id, ok := decodeCursor(good); !ok || id != accountID {
		t.Fatalf("decodeCursor(%q) = %q, %v; want %q", good, id, ok, accountID)
	}
	tests := []struct{ name, cursor string }{
		{"empty", ""},
		{"an id", accountID},
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
			if id, ok := decodeCursor(tt.cursor); ok {
				t.Errorf("decodeCursor(%.40q) = %q; want it refused", tt.cursor, id)
			}
			_, err := Parse(nil, &tt.cursor)
			if input := (*auth.InputError)(nil); !errors.As(err, &input) || input.Field != "after" {
				t.Errorf("Parse: %v; want an InputError for after", err)
			}
		})
	}
}

func FuzzDecodeCursor(f *testing.F) {
	f.Add(cursor(accountID))
	f.Add("")
	f.Add("AAAAAAAAAAAAAAAAAAAAAA\r\n")
	f.Fuzz(func(t *testing.T, text string) {
		id, ok := decodeCursor(text)
		if !ok {
			return
		}
		if parsed, err := uuid.Parse(id); err != nil || parsed.String() != id {
			t.Fatalf("decodeCursor(%q) = %q, which is not an id", text, id)
		}
		if cursor(id) != text {
			t.Fatalf("%q and %q are cursors of one account", text, cursor(id))
		}
	})
}

func TestParse(t *testing.T) {
	after, first := cursor(accountID), 7
	if page, err := Parse(&first, &after); err != nil || page != (Page{First: 7, After: accountID}) {
		t.Errorf("%+v, %v", page, err)
	}
	if page, err := Parse(nil, nil); err != nil || page != (Page{First: 20}) {
		t.Errorf("by default %+v, %v; want the first 20 of all", page, err)
	}
}

// Each edge has its node's cursor, and the page's ends are those of its edges.
func TestUsers(t *testing.T) {
	var all []*auth.User
	for range 3 {
		all = append(all, &auth.User{ID: uuid.NewString()})
	}
	for _, tt := range []struct {
		name  string
		users []*auth.User
		more  bool
		after string
	}{
		{"empty", nil, false, ""},
		{"empty, others follow", nil, true, ""},
		{"after the last", nil, false, accountID},
		{"first page", all, true, ""},
		{"one account", all[:1], false, ""},
		{"last page", all, false, accountID},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := NewUsers(Page{After: tt.after}, tt.users, tt.more, auth.UserFilter{})
			if c.PageInfo.HasNextPage != tt.more || c.PageInfo.HasPreviousPage != (tt.after != "") || len(c.Nodes) != len(tt.users) {
				t.Errorf("%+v, %d nodes", c.PageInfo, len(c.Nodes))
			}
			checkCursors(t, c)
		})
	}
}

func checkCursors(t *testing.T, c *Users) {
	t.Helper()
	edges := c.Edges()
	if len(edges) != len(c.Nodes) {
		t.Fatalf("%d edges of %d nodes", len(edges), len(c.Nodes))
	}
	for i, e := range edges {
		if id, ok := decodeCursor(e.Cursor); !ok || id != c.Nodes[i].ID || e.Node != c.Nodes[i] {
			t.Errorf("edge %d is %+v; want that of %q", i, e, c.Nodes[i].ID)
		}
	}
	start, end := c.PageInfo.StartCursor, c.PageInfo.EndCursor
	if len(edges) == 0 {
		if start != nil || end != nil {
			t.Error("an empty page has cursors")
		}
		return
	}
	if *start != edges[0].Cursor || *end != edges[len(edges)-1].Cursor {
		t.Errorf("the page goes from %q to %q; want the first and the last edge", *start, *end)
	}
}
