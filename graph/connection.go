package graph

import (
	"encoding/base64"

	"github.com/google/uuid"

	"gatehouse/auth"
)

// defaultFirst is how many accounts a page has unless the client says.
const defaultFirst = 20

// A UserConnection is a page of accounts (Relay Cursor Connections Specification).
type UserConnection struct {
	Nodes    []*auth.User
	PageInfo *PageInfo
	filter   auth.UserFilter // what totalCount counts
}

// A UserEdge is an account on a page.
type UserEdge struct {
	Cursor string
	Node   *auth.User
}

// PageInfo says where a page is among the others.
type PageInfo struct {
	HasNextPage     bool
	HasPreviousPage bool
	StartCursor     *string
	EndCursor       *string
}

// Edges returns the accounts of the page, each with its cursor.
func (c *UserConnection) Edges() []*UserEdge {
	edges := make([]*UserEdge, len(c.Nodes))
	for i, u := range c.Nodes {
		edges[i] = &UserEdge{Cursor: cursor(u.ID), Node: u}
	}
	return edges
}

// userPage returns the page that the arguments ask for, or an [*auth.InputError] for an
// invalid cursor.
func userPage(first *int, after *string, filter *auth.UserFilter) (auth.UserPage, error) {
	page := auth.UserPage{First: defaultFirst}
	if first != nil {
		page.First = *first
	}
	if filter != nil {
		page.Filter = *filter
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

// userConnection returns the connection for a page of accounts. more says that others
// follow.
func userConnection(users []*auth.User, more bool, page auth.UserPage) *UserConnection {
	info := &PageInfo{HasNextPage: more, HasPreviousPage: page.After != ""}
	if len(users) > 0 {
		first, last := cursor(users[0].ID), cursor(users[len(users)-1].ID)
		info.StartCursor, info.EndCursor = &first, &last
	}
	return &UserConnection{Nodes: users, PageInfo: info, filter: page.Filter}
}

// cursor returns the cursor of an account: the bytes of its id, in a form that clients
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
