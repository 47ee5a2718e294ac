package clients

import (
	"cmp"
	"context"
	"errors"

	"github.com/google/uuid"

	"gatehouse/auth"
	"gatehouse/auth/services"
)

// CreateInput makes a client.
type CreateInput struct {
	Name                   string
	Kind                   Kind // "" is Confidential
	URI                    *string
	RedirectURIs           []string
	PostLogoutRedirectURIs []string
	Grants                 []GrantType
	Scopes                 []string
	Operations             []string // GraphQL documents; nil: any
	Resources              []string
	JWKS                   map[string]any
	AssertionAudience      AssertionAudience // "" is IssuerAudience
	FirstParty             *bool
	PKCE                   *bool // nil is true
	PushedRequests         bool
	IDTokenAlgorithm       IDTokenAlgorithm // "" is RS256
	ServiceAccountID       *string          // nil: one is made if the client needs it
	ServiceRoles           []string         // of the account that is made
}

// Create makes a client, and its service account if it needs one. It returns an
// [*auth.InputError], a [*auth.ConflictError] if there are too many clients or another
// one has the account, [auth.ErrRank] if the account's roles grant what the caller lacks,
// and [auth.ErrUserNotFound].
func (c *Clients) Create(ctx context.Context, in CreateInput) (*NewClient, error) {
	p := auth.Caller(ctx)
	if p == nil {
		return nil, auth.ErrNoCredential
	}
	now := c.now()
	client := &Client{
		ID: uuid.Must(uuid.NewV7()).String(), Kind: cmp.Or(in.Kind, Confidential), AssertionAudience: cmp.Or(in.AssertionAudience, IssuerAudience),
		FirstParty: in.FirstParty != nil && *in.FirstParty, PKCE: true, PushedRequests: in.PushedRequests,
		IDTokenAlgorithm: cmp.Or(in.IDTokenAlgorithm, RS256), CreatedAt: now, UpdatedAt: now,
	}
	if client.FirstParty && !p.Administers() {
		return nil, ErrRank
	}
	err := c.apply(p, client, Update{
		Name: &in.Name, URI: &in.URI, RedirectURIs: in.RedirectURIs, PostLogoutRedirectURIs: in.PostLogoutRedirectURIs, Grants: in.Grants,
		Scopes: append([]string{}, in.Scopes...), Operations: &in.Operations, Resources: in.Resources, JWKS: &in.JWKS, PKCE: in.PKCE,
	})
	if err != nil {
		return nil, err
	}
	made := &NewClient{Client: client}
	if client.Kind == Confidential && client.JWKS == nil {
		text, secret := newSecret()
		made.ClientSecret, client.Secrets, client.SecretCreatedAt = &text, []Secret{secret}, &now
	}
	if client.ServiceAccountID, err = c.serviceAccount(ctx, client, in); err != nil {
		return nil, err
	}
	if err := c.Store.CreateClient(ctx, client); err != nil {
		return nil, errors.Join(err, c.withdraw(ctx, client, in))
	}
	return made, c.Registry.Reload(ctx, client.ID)
}

// serviceAccount returns the id of the account that the client acts as, and makes one if
// none is given; nil if the client needs none.
func (c *Clients) serviceAccount(ctx context.Context, client *Client, in CreateInput) (*string, error) {
	switch {
	case !client.Has(ClientCredentials) && (in.ServiceAccountID != nil || in.ServiceRoles != nil):
		return nil, &auth.InputError{Field: "grants", Message: "Only a client with CLIENT_CREDENTIALS acts as a service account: add it to grants."}
	case !client.Has(ClientCredentials):
		return nil, nil //nolint:nilnil // it needs none
	case in.ServiceAccountID == nil:
		u, err := c.Services.Create(ctx, services.Input{Name: client.Name, Roles: in.ServiceRoles})
		if err != nil {
			return nil, renamed(err, "roles", "serviceRoles")
		}
		return &u.ID, nil
	case in.ServiceRoles != nil:
		return nil, &auth.InputError{Field: "serviceRoles", Message: "The account has its roles already: leave serviceRoles out, or serviceAccountId."}
	}
	u, err := c.Accounts.User(ctx, *in.ServiceAccountID)
	if err != nil {
		return nil, renamed(err, "id", "serviceAccountId")
	}
	if u.Kind != auth.Service {
		return nil, &auth.InputError{Field: "serviceAccountId", Message: "This is the account of a person. Give that of a service, or leave serviceAccountId out."}
	}
	return &u.ID, c.Accounts.CheckRank(ctx, u)
}

// withdraw deletes the service account that was made for a client that could not be stored.
func (c *Clients) withdraw(ctx context.Context, client *Client, in CreateInput) error {
	if client.ServiceAccountID == nil || in.ServiceAccountID != nil {
		return nil
	}
	return c.Accounts.Store.DeleteUser(context.WithoutCancel(ctx), *client.ServiceAccountID, func(*auth.User) error { return nil })
}
