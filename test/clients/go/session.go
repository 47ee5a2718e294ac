package client

import (
	"context"
	"errors"
	"net/http"
	"sync"

	"github.com/Khan/genqlient/graphql"
)

// A session sends requests with its access token. When that is refused, it exchanges its refresh token for the next pair, and sends them again.
type session struct {
	url string

	mu              sync.Mutex
	access, refresh string
}

// Do is what graphql.NewClient asks of an HTTP client.
func (s *session) Do(r *http.Request) (*http.Response, error) {
	s.mu.Lock()
	access := s.access
	s.mu.Unlock()

	response, err := send(r, access)
	if err != nil || response.StatusCode != http.StatusUnauthorized {
		return response, err
	}
	if err := response.Body.Close(); err != nil {
		return nil, err
	}
	if access, err = s.renew(r.Context(), access); err != nil {
		return nil, err
	}
	return send(r, access)
}

func send(r *http.Request, access string) (*http.Response, error) {
	body, err := r.GetBody()
	if err != nil {
		return nil, err
	}
	r = r.Clone(r.Context())
	r.Body = body
	r.Header.Set("Authorization", "Bearer "+access)
	return http.DefaultClient.Do(r)
}

// renew answers the access token that follows the one refused. Another request may have fetched it meanwhile.
func (s *session) renew(ctx context.Context, refused string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.access != refused {
		return s.access, nil
	}
	next, err := refresh(ctx, graphql.NewClient(s.url, http.DefaultClient), &s.refresh)
	if err != nil {
		return "", err
	}
	if next.Refresh.RefreshToken == nil {
		return "", errors.New("the refresh token went into a cookie")
	}
	s.access, s.refresh = next.Refresh.AccessToken, *next.Refresh.RefreshToken
	return s.access, nil
}
