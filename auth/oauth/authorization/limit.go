package authorization

import (
	"context"
	"time"

	"gatehouse/auth"
	"gatehouse/auth/client"
	"gatehouse/auth/oauth/clients"
	"gatehouse/auth/policy"
)

// requestLimit bounds how many requests a network can have stored: each stays for up to
// requestLife.
var requestLimit = policy.RateLimit{Coordinate: "oauth.authorize", Limit: 1200, Per: time.Minute, By: []policy.RateKey{policy.ByIP}}

// A Limiter counts uses of what is limited. It returns how long a client has to wait.
type Limiter interface {
	Allow(ctx context.Context, uses ...policy.Use) (wait time.Duration, err error)
}

// keep stores a request. A client that has authenticated is trusted with its number. It
// returns an [*auth.LimitError].
func (s *Service) keep(ctx context.Context, r *Request, trusted bool, flow []byte, life time.Duration) error {
	if s.Limiter != nil && !trusted {
		wait, err := s.Limiter.Allow(ctx, policy.Use{Limit: &requestLimit, Key: "address " + client.Of(ctx).Prefix64()})
		if err != nil {
			return broken(err)
		}
		if wait > 0 {
			return &auth.LimitError{After: wait}
		}
	}
	return broken(s.Store.StoreRequest(ctx, r, flow, life))
}

// authenticated reports whether the client that sends a request has proved who it is.
func authenticated(c *clients.Client, from source) bool {
	return from == pushed && c.Kind == clients.Confidential
}
