// Package uses says under which keys uses of limited fields are counted.
package uses

import (
	"context"
	"slices"
	"strings"

	"gatehouse/auth"
	"gatehouse/auth/client"
	"gatehouse/auth/email"
	"gatehouse/auth/policy"
)

// LoginCoordinate is the field that logs an account in.
const LoginCoordinate = "Mutation.login"

// Login returns what the schema limits of a login to the account with the email, by
// whichever door it comes.
func Login(p *policy.Policy) func(ctx context.Context, email string) []policy.Use {
	limits := slices.DeleteFunc(p.RateLimits(), func(l *policy.RateLimit) bool { return l.Coordinate != LoginCoordinate })
	return func(ctx context.Context, email string) []policy.Use {
		all := make([]policy.Use, len(limits))
		for i, limit := range limits {
			argument := func() (string, bool) { return email, true }
			all[i] = policy.Use{Limit: limit, Key: Key(limit, nil, client.Of(ctx), argument)}
		}
		return all
	}
}

// Key returns the key under which a use of a field is counted. Without a caller or without
// the argument, the client's network takes their place.
func Key(limit *policy.RateLimit, p *auth.Principal, from client.Client, argument func() (string, bool)) string {
	parts := make([]string, len(limit.By))
	for i, by := range limit.By {
		parts[i] = Network(from)
		switch by {
		case policy.ByIP:
		case policy.ByUser, policy.ByKey:
			if p != nil {
				parts[i] = caller(p, by)
			}
		case policy.ByArgument:
			if value, ok := argument(); ok {
				parts[i] = "argument " + normal(value)
			}
		}
	}
	return strings.Join(parts, "\x00")
}

// Network returns the key of a client by its network.
func Network(c client.Client) string { return "address " + c.Prefix64() }

// caller returns the key of a caller, by the account or by the API key.
func caller(p *auth.Principal, by policy.RateKey) string {
	if by == policy.ByKey && p.KeyID != "" {
		return "API key " + p.KeyID
	}
	return "caller " + p.ID
}

// normal returns the form that values with the same meaning share: that of an email
// address if the value is one.
func normal(value string) string {
	if address, err := email.Parse(value); err == nil {
		return address.Canonical
	}
	return email.Fold(value)
}
