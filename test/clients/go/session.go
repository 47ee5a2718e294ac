package client

import (
	"context"
	"errors"
	"net/http"
	"sync"

	"github.com/Khan/genqlient/graphql"
)

// A session sends requests with its access token. If the token is refused, it refreshes the tokens
// and sends the request again.
type session struct {
	url string

	mu              sync.Mutex
	access, refresh string
}

// Do implements the HTTP client that graphql.NewClient needs.
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
	if access, err = s.next(r.Context(), access); err != nil {
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

// next returns the access token after the refused one. Another request may have fetched it already.
func (s *session) next(ctx context.Context, refused string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.access != refused {
		return s.access, nil
	}
	answer, err := refresh(ctx, graphql.NewClient(s.url, http.DefaultClient), &s.refresh)
	if err != nil {
		return "", err
	}
	if answer.Refresh.RefreshToken == nil {
		return "", errors.New("the refresh token is in a cookie")
	}
	s.access, s.refresh = answer.Refresh.AccessToken, *answer.Refresh.RefreshToken
	return s.access, nil
}
