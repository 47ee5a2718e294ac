// Package relay makes pages of lists (Relay Cursor Connections Specification).
package relay

import (
	"encoding/base64"

	"github.com/google/uuid"

	"gatehouse/auth"
)

// defaultFirst is how many items a page has unless the client says.
const defaultFirst = 20

// A Page says which items a page has.
type Page struct {
	First int
	After string // the id of the item before the first one; "" for the start
}

// PageInfo says where a page is among the others.
type PageInfo struct {
	HasNextPage     bool
	HasPreviousPage bool
	StartCursor     *string
	EndCursor       *string
}

// Parse returns the page that the arguments ask for, or an [*auth.InputError] for an
// invalid cursor.
func Parse(first *int, after *string) (Page, error) {
	page := Page{First: defaultFirst}
	if first != nil {
		page.First = *first
	}
	if after != nil {
		id, ok := decodeCursor(*after)
		if !ok {
			return page, &auth.InputError{Field: "after", Message: "Invalid cursor. Pass endCursor from the previous page."}
		}
		page.After = id
	}
	return page, nil
}

// info returns where a page with these items is. more says that others follow.
func info[T any](page Page, items []T, more bool, id func(T) string) *PageInfo {
	i := &PageInfo{HasNextPage: more, HasPreviousPage: page.After != ""}
	if len(items) > 0 {
		first, last := cursor(id(items[0])), cursor(id(items[len(items)-1]))
		i.StartCursor, i.EndCursor = &first, &last
	}
	return i
}

// cursor returns the cursor of an item: the bytes of its id, in a form that clients
// don't mistake for an id.
func cursor(id string) string {
	raw := uuid.MustParse(id)
	return base64.RawURLEncoding.EncodeToString(raw[:])
}

// decodeCursor returns the id that a cursor stands for. A forged cursor is at worst
// another position in a list that the caller may read anyway.
func decodeCursor(cursor string) (id string, ok bool) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	if err != nil || base64.RawURLEncoding.EncodedLen(len(raw)) != len(cursor) { // the decoder skips line breaks
		return "", false
	}
	parsed, err := uuid.FromBytes(raw)
	return parsed.String(), err == nil
}
