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

// Network is whom an address belongs to, as far as attempts are concerned: an IPv4 address to one, an IPv6 address with all of its /64.
func (s Sender) Network() string {
	address, err := netip.ParseAddr(s.IP)
	if err != nil {
		return s.IP
	}
	if address = address.Unmap(); address.Is4() {
		return address.String()
	}
	network, err := address.WithZone("").Prefix(64)
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
