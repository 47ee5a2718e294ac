package clients

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"gatehouse/auth"
	"gatehouse/auth/oauth"
)

// secretAge is how old a secret may be before it should be replaced.
const secretAge = 365 * 24 * time.Hour

// Check returns what should be changed about a client, each as a sentence of advice.
func (c *Clients) Check(ctx context.Context, client *Client) ([]string, error) {
	advice := slices.Concat(client.checkPlaces(), client.checkSecrets(c.Now()), c.checkScopesNow(client))
	if client.Disabled {
		advice = append(advice, "It is disabled, so it gets no tokens: enable it, or delete it if it is not used any more.")
	}
	about, err := c.checkAccount(ctx, client)
	return append(advice, about...), err
}

// checkPlaces judges where people are sent back to.
func (c *Client) checkPlaces() (advice []string) {
	onDevice := slices.ContainsFunc(c.RedirectURIs, func(uri string) bool {
		_, loopback := withoutPort(uri)
		return loopback || isPrivate(uri)
	})
	switch {
	case c.FirstParty && onDevice:
		advice = append(advice, "Any program on a person's device could pass for it, and no one is asked: make it not first-party, or keep only https redirect URIs.")
	case c.Kind == Confidential && onDevice:
		advice = append(advice, "It has a redirect URI on the person's own device, which is for development: keep only https ones in production.")
	}
	for _, uri := range slices.Concat(c.RedirectURIs, c.PostLogoutRedirectURIs) {
		if fault := checkRedirectURI(uri, c.Kind); fault != "" {
			advice = append(advice, fmt.Sprintf("The URI %s %s.", uri, fault))
		}
	}
	if !c.PKCE {
		advice = append(advice, "It may go without PKCE, so it is protected by its nonce only: switch PKCE on if its library knows it.")
	}
	return advice
}

// checkSecrets judges how the client authenticates.
func (c *Client) checkSecrets(now time.Time) (advice []string) {
	if c.Kind == Confidential && len(c.Secrets) == 0 && c.JWKS == nil {
		advice = append(advice, "It has neither a secret nor keys, so it can't authenticate: give it a secret, with gatehouse client rotate-secret.")
	}
	if c.SecretCreatedAt != nil && now.Sub(*c.SecretCreatedAt) > secretAge {
		advice = append(advice, fmt.Sprintf("Its secret is %d days old: give it another, with gatehouse client rotate-secret.", int(now.Sub(*c.SecretCreatedAt).Hours()/24)))
	}
	for _, s := range c.Secrets {
		if now.Before(s.Until) {
			advice = append(advice, "Its previous secret works until "+s.Until.UTC().Format(time.RFC3339)+": see that every copy of it has the new one by then.")
		}
	}
	if c.AssertionAudience == TokenEndpointAudience {
		advice = append(advice, "Its assertions have the URL of the token endpoint as audience: use the issuer if its library can.")
	}
	return advice
}

// checkScopesNow judges what the client can be given.
func (c *Clients) checkScopesNow(client *Client) (advice []string) {
	all, theirs := c.Accounts.Revocations.Grant([]string{auth.RoleAdmin}, nil), c.resourceScopes(client.Resources)
	known := slices.Concat(all, theirs, c.Accounts.Revocations.Own(), []string{oauth.OfflineAccess})
	if gone := slices.DeleteFunc(slices.Clone(client.Scopes), func(s string) bool { return slices.Contains(known, s) }); len(gone) > 0 {
		advice = append(advice, fmt.Sprintf("No one may grant %s any more: take it from its scopes.", strings.Join(gone, ", ")))
	}
	if slices.Contains(client.Scopes, oauth.OfflineAccess) && !client.Has(RefreshToken) {
		advice = append(advice, "It may ask for offline_access, but gets no refresh token: add the grant type refresh_token, or take the scope.")
	}
	if client.Has(AuthorizationCode) && !slices.Contains(client.Scopes, oauth.OpenID) {
		advice = append(advice, "It can't log people in, because it may not ask for openid: add the scope unless it only needs access.")
	}
	return advice
}

// checkAccount judges the service account of the client.
func (c *Clients) checkAccount(ctx context.Context, client *Client) (advice []string, err error) {
	if client.ServiceAccountID == nil {
		return nil, nil
	}
	u, err := c.Accounts.Store.User(ctx, *client.ServiceAccountID)
	if err != nil {
		return nil, err
	}
	if u.Disabled {
		advice = append(advice, "Its service account is disabled, so client credentials give no tokens: enable it, with gatehouse user enable "+u.ID+".")
	}
	have := c.Accounts.Revocations.Grant(u.Roles, nil)
	lacking := slices.DeleteFunc(c.granted(client.Scopes), func(s string) bool { return slices.Contains(have, s) })
	if len(lacking) > 0 && client.Has(ClientCredentials) && !client.delegated() {
		advice = append(advice, fmt.Sprintf("The roles of its service account don't grant %s: give it a role that does, with gatehouse user grant %s ROLE.",
			strings.Join(lacking, ", "), u.ID))
	}
	return advice, nil
}
