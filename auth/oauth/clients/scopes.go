package clients

import (
	"fmt"
	"slices"

	"gatehouse/auth"
	"gatehouse/auth/oauth"
)

// maxScopes is how many scopes a client has at most: a token names them.
const maxScopes = 100

// granted returns those of the scopes that roles grant. A person's own need no role, and
// those of resources are not ours.
func (c *Clients) granted(scopes []string) []string {
	all := c.Accounts.Revocations.Grant([]string{auth.RoleAdmin}, nil)
	return slices.DeleteFunc(slices.Clone(scopes), func(s string) bool { return !slices.Contains(all, s) })
}

// checkScopes sorts the scopes of the client. It returns an [*auth.InputError] for one
// that does not exist, unless the client had it before, and for one that the caller lacks.
func (c *Clients) checkScopes(p *auth.Principal, client *Client, before []string) error {
	asked := client.Scopes
	own, all := c.Accounts.Revocations.Own(), c.Accounts.Revocations.Grant([]string{auth.RoleAdmin}, nil)
	theirs := c.resourceScopes(client.Resources)
	for i, scope := range asked {
		switch {
		case slices.Contains(all, scope) && !p.Covers([]string{scope}):
			return &auth.InputError{Field: "scopes", Message: fmt.Sprintf("You don't have the scope %q, so you can't give it to a client.", scope)}
		case slices.Contains(all, scope), slices.Contains(own, scope), slices.Contains(theirs, scope), scope == oauth.OfflineAccess, slices.Contains(before, scope):
		default: // it may be anything, so it is not repeated
			return &auth.InputError{Field: "scopes", Message: fmt.Sprintf(
				"The scope number %d does not exist. The query scopes lists those of this service, and resources those of the client's resources.", i+1)}
		}
	}
	client.Scopes = append([]string{}, asked...)
	slices.Sort(client.Scopes)
	if client.Scopes = slices.Compact(client.Scopes); len(client.Scopes) > maxScopes {
		return &auth.InputError{Field: "scopes", Message: fmt.Sprintf("A client has at most %d scopes.", maxScopes)}
	}
	return nil
}

// resourceScopes returns the scopes that only the resources know.
func (c *Clients) resourceScopes(identifiers []string) (scopes []string) {
	for _, resource := range c.Registry.Known(identifiers) {
		for _, scope := range resource.Scopes {
			scopes = append(scopes, scope.Name)
		}
	}
	return scopes
}
