package relay

import "gatehouse/auth/oauth/clients"

// Clients is a page of clients.
type Clients struct {
	Nodes      []*clients.Client
	PageInfo   *PageInfo
	TotalCount int
}

// A ClientEdge is a client on a page.
type ClientEdge struct {
	Cursor string
	Node   *clients.Client
}

// NewClients returns the page with the clients, of total. more says that others follow.
func NewClients(page Page, nodes []*clients.Client, more bool, total int) *Clients {
	return &Clients{Nodes: nodes, PageInfo: info(page, nodes, more, func(c *clients.Client) string { return c.ID }), TotalCount: total}
}

// Edges returns the clients of the page, each with its cursor.
func (c *Clients) Edges() []*ClientEdge {
	edges := make([]*ClientEdge, len(c.Nodes))
	for i, client := range c.Nodes {
		edges[i] = &ClientEdge{Cursor: cursor(client.ID), Node: client}
	}
	return edges
}
