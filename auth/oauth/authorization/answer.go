package authorization

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"

	"github.com/google/uuid"

	"gatehouse/auth"
	"gatehouse/auth/oauth"
	"gatehouse/auth/token"
)

// ErrChanged means that the consent page would show something else now than it did: it
// has to be shown again.
var ErrChanged = errors.New("what was to be allowed has changed")

// ErrNothingAllowed means that the person allowed no scope at all.
var ErrNothingAllowed = errors.New("no scope is allowed")

// Consent returns what the consent page shows for the request, or the step that comes
// instead. It returns a [*PageError].
func (s *Service) Consent(ctx context.Context, id string, b Browser) (*Consent, *Step, error) {
	a, step, err := s.consent(ctx, id, b)
	if err != nil || step != nil {
		return nil, step, err
	}
	return s.show(a), nil, nil
}

// consent returns what the person of the request is asked for, or the step that comes
// instead.
func (s *Service) consent(ctx context.Context, id string, b Browser) (*ask, *Step, error) {
	r, _, step, err := s.pending(ctx, id, b)
	if err != nil || step != nil {
		return nil, step, err
	}
	in, err := s.signedIn(ctx, b)
	if err != nil {
		return nil, nil, err
	}
	step, err = s.next(ctx, r, in, b)
	if err != nil || step.Page != ConsentPage {
		return nil, step, err
	}
	a, err := s.ask(ctx, r, in)
	return a, nil, err
}

// Allow allows the application what the person left ticked, and returns what comes next.
// shown is Consent.Shown of the page. It returns [ErrChanged], [ErrNothingAllowed], and a
// [*PageError].
func (s *Service) Allow(ctx context.Context, id string, b Browser, shown string, scopes []string) (*Step, error) {
	a, step, err := s.consent(ctx, id, b)
	if err != nil || step != nil {
		return step, err
	}
	if s.show(a).Shown != shown {
		return nil, ErrChanged
	}
	allowed := slices.DeleteFunc(slices.Clone(a.names), func(name string) bool {
		return name != oauth.OpenID && !slices.Contains(scopes, name)
	})
	if len(allowed) == 0 || len(allowed) == 1 && allowed[0] == oauth.OfflineAccess {
		return nil, ErrNothingAllowed
	}
	a.confirmed = true
	return s.answer(ctx, a, allowed)
}

// Refuse answers the request with the person's refusal. It returns a [*PageError].
func (s *Service) Refuse(ctx context.Context, id string, b Browser) (*Step, error) {
	r, client, step, err := s.pending(ctx, id, b)
	if err != nil || step != nil {
		return step, err
	}
	answered, err := s.Store.Answer(ctx, &Answer{RequestID: r.ID, ClientID: r.ClientID})
	if errors.Is(err, auth.ErrNotFound) {
		return nil, &PageError{Problem: ExpiredRequest, Client: client, Locales: r.Locales}
	}
	if err != nil {
		return nil, err
	}
	return s.again(r, client, answered)
}

// answer answers the request with a code for the scopes. A request that was answered
// meanwhile keeps its answer.
func (s *Service) answer(ctx context.Context, a *ask, scopes []string) (*Step, error) {
	r := a.request
	code := &oauth.AuthorizationCode{
		ID: uuid.Must(uuid.NewV7()).String(), Seed: make([]byte, token.RefreshSeedSize), ClientID: r.ClientID, UserID: a.person.UserID,
		Parent: a.person.SessionID, RedirectURI: r.RedirectURI, Challenge: r.Challenge, Nonce: r.Nonce, Scopes: scopes, Resources: r.Resources,
		AuthTime: a.person.AuthTime, AMR: a.person.AMR, ExpiresAt: s.Now().Add(oauth.CodeLifetime),
	}
	_, _ = rand.Read(code.Seed) // never fails (crypto/rand)
	answer := &Answer{RequestID: r.ID, ClientID: r.ClientID, Code: code}
	if a.confirmed || !a.covered() {
		answer.Grant = a.allow(scopes)
	}
	answered, err := s.Store.Answer(ctx, answer)
	switch {
	case errors.Is(err, auth.ErrSessionEnded) && !r.prompts(promptNone):
		return &Step{Page: LoginPage, Request: r}, nil
	case errors.Is(err, auth.ErrSessionEnded):
		return s.refused(r, refusal(oauth.LoginRequired, "The person has to log in.")), nil
	case errors.Is(err, auth.ErrNotFound):
		return nil, &PageError{Problem: ExpiredRequest, Client: a.client, Locales: r.Locales}
	case err != nil:
		return nil, err
	}
	return s.again(r, a.client, answered)
}
