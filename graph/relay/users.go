package relay

import "gatehouse/auth"

// Users is a page of accounts.
type Users struct {
	Nodes    []*auth.User
	PageInfo *PageInfo
	Filter   auth.UserFilter // what totalCount counts
}

// A UserEdge is an account on a page.
type UserEdge struct {
	Cursor string
	Node   *auth.User
}

// NewUsers returns the page with the accounts. more says that others follow.
func NewUsers(page Page, users []*auth.User, more bool, filter auth.UserFilter) *Users {
	return &Users{Nodes: users, PageInfo: info(page, users, more, func(u *auth.User) string { return u.ID }), Filter: filter}
}

// Edges returns the accounts of the page, each with its cursor.
func (c *Users) Edges() []*UserEdge {
	edges := make([]*UserEdge, len(c.Nodes))
	for i, u := range c.Nodes {
		edges[i] = &UserEdge{Cursor: cursor(u.ID), Node: u}
	}
	return edges
}
