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

// clientUpdate returns the changes that an input asks for.
func clientUpdate(in UpdateClientInput) clients.Update {
	return clients.Update{
		Name: in.Name, URI: supplied(in.URI), RedirectURIs: in.RedirectUris, PostLogoutRedirectURIs: in.PostLogoutRedirectUris, Grants: in.Grants,
		Scopes: in.Scopes, Operations: supplied(in.Operations), Resources: in.Resources, JWKS: supplied(in.Jwks),
		AssertionAudience: in.AssertionAudience, FirstParty: in.FirstParty, PKCE: in.Pkce, PushedRequests: in.PushedRequests,
		IDTokenAlgorithm: in.IDTokenAlgorithm,
	}
}
