package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"sync"

	"github.com/Khan/genqlient/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"
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
	if err != nil {
		return nil, err
	}
	if refused, err := stale(response); err != nil || !refused {
		return response, err
	}
	if access, err = s.next(r.Context(), access); err != nil {
		return nil, err
	}
	return send(r, access)
}

// stale reports whether a new access token would help. The status doesn't say: a router in front of
// the service may answer a missing scope with 401 as well, or an expired token with 200.
func stale(response *http.Response) (bool, error) {
	body, err := io.ReadAll(response.Body)
	if err := errors.Join(err, response.Body.Close()); err != nil {
		return false, err
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	var answer graphql.Response
	_ = json.Unmarshal(body, &answer) // a page of a proxy has no errors that a refresh would help with
	return slices.ContainsFunc(answer.Errors, func(e *gqlerror.Error) bool {
		return e.Extensions["reason"] == "token_expired" || e.Extensions["reason"] == "token_invalid"
	}), nil
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
