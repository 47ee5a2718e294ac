package auth

import (
	"context"
	"net/netip"
)

// A Sender is what a request says of whoever sent it.
type Sender struct {
	IP        string
	UserAgent string
}

// Network is the network of a client's address: of IPv4 the address, of IPv6 the 64 bits that one link has.
func (s Sender) Network() string { return s.within(64) }

// Site is where a client is, so that it could as well have another address there: of IPv4 the address, of IPv6 the 48 bits that are given to one
// customer at most (RFC 6177).
func (s Sender) Site() string { return s.within(48) }

func (s Sender) within(bits int) string {
	address, err := netip.ParseAddr(s.IP)
	if err != nil {
		return s.IP
	}
	if address = address.Unmap(); address.Is4() {
		return address.String()
	}
	network, err := address.WithZone("").Prefix(bits)
	if err != nil {
		return s.IP
	}
	return network.String()
}

// An Exchange is what a request says beside the operation, and what the answer shall say beside the data.
type Exchange struct {
	Sender

	// Cookie is the refresh token that came in the refresh cookie, "" for none.
	Cookie string
	// UseCookie asks that refresh tokens go into the cookie and stay out of the answer.
	UseCookie bool
	// SetCookie is the refresh token to put into the cookie: nil leaves the cookie alone, "" removes it.
	SetCookie *string
}

type exchangeKey struct{}

// WithExchange returns a context that carries x.
func WithExchange(ctx context.Context, x *Exchange) context.Context {
	return context.WithValue(ctx, exchangeKey{}, x)
}

// exchange returns the request's exchange; outside one, an empty one.
func exchange(ctx context.Context) *Exchange {
	if x, ok := ctx.Value(exchangeKey{}).(*Exchange); ok {
		return x
	}
	return &Exchange{}
}
