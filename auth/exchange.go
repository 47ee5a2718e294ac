package auth

import "context"

// A Sender is what a request says of whoever sent it.
type Sender struct {
	IP        string
	UserAgent string
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
