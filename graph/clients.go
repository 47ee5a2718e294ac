package graph

import (
	"context"

	"gatehouse/auth"
	"gatehouse/auth/oauth/clients"
	"gatehouse/graph/document"
	"gatehouse/graph/fault"
	"gatehouse/graph/persisted"
)

// A ClientFinder finds clients by ids that are known to exist.
type ClientFinder interface {
	Find(ctx context.Context, id string) (*clients.Client, error)
}

// runs returns a fault if the caller is a client that may not run the document.
func (h *Handler) runs(ctx context.Context, caller *auth.Principal, doc *document.Document) *fault.Fault {
	if caller == nil || caller.ClientID == nil || h.clients == nil {
		return nil
	}
	client, err := h.clients.Find(ctx, *caller.ClientID)
	if err != nil {
		return h.internal(ctx, err)
	}
	return persisted.CheckClient(client.Documents, doc.Text, h.limits.Tokens)
}

// A ClientConnection is a page of clients (Relay Cursor Connections Specification).
type ClientConnection struct {
	Nodes      []*clients.Client
	PageInfo   *PageInfo
	TotalCount int
}

// A ClientEdge is a client on a page.
type ClientEdge struct {
	Cursor string
	Node   *clients.Client
}

// Edges returns the clients of the page, each with its cursor.
func (c *ClientConnection) Edges() []*ClientEdge {
	edges := make([]*ClientEdge, len(c.Nodes))
	for i, client := range c.Nodes {
		edges[i] = &ClientEdge{Cursor: cursor(client.ID), Node: client}
	}
	return edges
}

// clientPage returns the page of clients that the arguments ask for.
func (r *Resolver) clientPage(first *int, after *string) (*ClientConnection, error) {
	page, err := userPage(first, after, nil)
	if err != nil {
		return nil, err
	}
	nodes, more, err := r.Clients.Page(page.After, page.First)
	if err != nil {
		return nil, err
	}
	c := &ClientConnection{
		Nodes: nodes, PageInfo: &PageInfo{HasNextPage: more, HasPreviousPage: page.After != ""}, TotalCount: r.Clients.Registry.Count(),
	}
	if len(nodes) > 0 {
		start, end := cursor(nodes[0].ID), cursor(nodes[len(nodes)-1].ID)
		c.PageInfo.StartCursor, c.PageInfo.EndCursor = &start, &end
	}
	return c, nil
}

// clientUpdate returns the changes that an input asks for.
func clientUpdate(in UpdateClientInput) clients.Update {
	return clients.Update{
		Name: in.Name, URI: supplied(in.URI), RedirectURIs: in.RedirectUris, PostLogoutRedirectURIs: in.PostLogoutRedirectUris, Grants: in.Grants,
		Scopes: in.Scopes, Operations: supplied(in.Operations), Resources: in.Resources, JWKS: supplied(in.Jwks),
		AssertionAudience: in.AssertionAudience, FirstParty: in.FirstParty, PKCE: in.Pkce, PushedRequests: in.PushedRequests,
		IDTokenAlgorithm: in.IDTokenAlgorithm,
	}
}
