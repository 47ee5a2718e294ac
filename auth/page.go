package auth

import (
	"encoding/base64"

	"github.com/google/uuid"
)

// pageLimit is how many accounts a page holds at most.
const pageLimit = 100

// A UserPage asks for accounts in the order of their ids.
type UserPage struct {
	Filter UserFilter
	After  string // the id of the account before the first; "" begins at the start
	Limit  int
}

// A UserConnection is a page of accounts, after the Relay cursor connections specification.
type UserConnection struct {
	Nodes    []*User
	PageInfo *PageInfo
	Filter   UserFilter // what totalCount counts
}

// A UserEdge is an account on a page.
type UserEdge struct {
	Cursor string
	Node   *User
}

// PageInfo says where a page stands among the others.
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

// connection makes the page out of one account more than it may hold, so that it knows whether another follows.
func connection(users []*User, page UserPage) *UserConnection {
	info := &PageInfo{HasPreviousPage: page.After != ""}
	if len(users) > page.Limit {
		users, info.HasNextPage = users[:page.Limit], true
	}
	if len(users) > 0 {
		first, last := cursor(users[0].ID), cursor(users[len(users)-1].ID)
		info.StartCursor, info.EndCursor = &first, &last
	}
	return &UserConnection{Nodes: users, PageInfo: info, Filter: page.Filter}
}

// cursor is opaque to clients: the id's bytes, so that nobody takes it for an id.
func cursor(id string) string {
	raw := uuid.MustParse(id)
	return base64.RawURLEncoding.EncodeToString(raw[:])
}

// position returns the id that a cursor stands for. A forged one is at worst another position in a list that its caller may read anyway.
func position(cursor string) (string, bool) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	if err != nil || base64.RawURLEncoding.EncodedLen(len(raw)) != len(cursor) { // the decoder passes over line breaks
		return "", false
	}
	id, err := uuid.FromBytes(raw)
	return id.String(), err == nil
}
