package graph

import (
	"context"
	"errors"
	"net"
	"net/http"
	"slices"

	"gatehouse/auth"
	"gatehouse/auth/client"
	"gatehouse/graph/transport"
)

// errTwoRefreshTokens means that a refresh token was sent as an argument and in a cookie.
var errTwoRefreshTokens = errors.New("send the refresh token as an argument or as a cookie, not both")

// An exchange is what a request and its answer say about the refresh cookie.
type exchange struct {
	cookie    string   // the refresh token in the request's cookie; "" for none
	useCookie bool     // the answer's refresh token goes into the cookie
	setCookie *string  // what to set the cookie to: nil leaves it as it is, "" removes it
	ended     []string // sessions that a logout ended by their refresh tokens
}

type exchangeKey struct{}

func withExchange(ctx context.Context, x *exchange) context.Context {
	return context.WithValue(ctx, exchangeKey{}, x)
}

// exchangeOf returns the exchange of a request.
func exchangeOf(ctx context.Context) *exchange {
	if x, ok := ctx.Value(exchangeKey{}).(*exchange); ok {
		return x
	}
	return &exchange{}
}

// newExchange reads the refresh cookie of a request.
func newExchange(c transport.Cookies, r *http.Request) *exchange {
	x := &exchange{}
	x.cookie, x.useCookie = c.Read(r)
	return x
}

// presented returns the refresh token of a request. One that came in the cookie, where
// scripts can't read it, is answered in the cookie. It returns errTwoRefreshTokens if the
// argument is set as well.
func (x *exchange) presented(argument *string) (string, error) {
	if argument == nil {
		return x.inCookie().cookie, nil
	}
	if x.cookie != "" {
		return "", errTwoRefreshTokens
	}
	return *argument, nil
}

// inCookie makes the answer use the cookie if the request did.
func (x *exchange) inCookie() *exchange {
	x.useCookie = x.useCookie || x.cookie != ""
	return x
}

// deliver puts the refresh token of a login into the cookie if the answer uses it.
func (x *exchange) deliver(t *auth.Tokens, err error) (*auth.Tokens, error) {
	if err == nil && x.useCookie {
		x.setCookie = &t.RefreshToken
	}
	return t, err
}

// shown returns the refresh token for the body of the answer, nil if it is in the cookie.
func (x *exchange) shown(t *auth.Tokens) *string {
	if x.useCookie {
		return nil
	}
	return &t.RefreshToken
}

// logout ends the sessions of the argument and of the cookie, and removes the cookie. If
// that fails, the cookie stays, for another try.
func (x *exchange) logout(argument *string, end func(refresh ...string) ([]string, error)) (err error) {
	var texts []string
	if argument != nil {
		texts = append(texts, *argument)
	}
	if x.cookie != "" && !slices.Contains(texts, x.cookie) {
		texts = append(texts, x.cookie)
	}
	if x.ended, err = end(texts...); err != nil {
		return err
	}
	if x.cookie != "" {
		x.setCookie = new(string)
	}
	return nil
}

// takeEnded returns the sessions that the logout just resolved has ended by their refresh
// tokens.
func (x *exchange) takeEnded() []string {
	ended := x.ended
	x.ended = nil
	return ended
}

// clientOf returns the client of a request.
func clientOf(r *http.Request) client.Client {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr // of a unix socket
	}
	return client.Client{IP: host, UserAgent: r.UserAgent()}
}
