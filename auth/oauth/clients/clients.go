package clients

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"gatehouse/auth"
	"gatehouse/auth/services"
)

// The errors that a caller may test for. Clients of the API see their texts.
var (
	// ErrNotFound means that no client has the id.
	ErrNotFound = fmt.Errorf("client %w", auth.ErrNotFound)
	// ErrResourceNotFound means that no resource has the id.
	ErrResourceNotFound = fmt.Errorf("resource %w", auth.ErrNotFound)
	// ErrGrantNotFound means that the account has allowed the client nothing.
	ErrGrantNotFound = fmt.Errorf("grant %w", auth.ErrNotFound)
	// ErrRank means that the caller may not change the client, because it can be given
	// what the caller lacks.
	ErrRank = errors.New("this client can be given more than you have, or is first-party: an administrator can change it")
)

// The most that there can be, so that a registry fits into memory.
const (
	MaxClients   = 10_000
	MaxResources = 1_000
)

// Store persists clients. Each method that changes something is one atomic step, of
// which every replica learns.
type Store interface {
	// CreateClient stores a client. It returns a [*auth.ConflictError] if there are too
	// many, and if another client has the service account; and [auth.ErrUserNotFound].
	CreateClient(ctx context.Context, c *Client) error
	// ChangeClient locks the client, lets change modify it, and stores the result. What
	// the client loses is taken from its grants and sessions. It returns [ErrNotFound].
	ChangeClient(ctx context.Context, id string, change func(*Client) error) (*Client, error)
	// DeleteClient locks the client, asks allow, and deletes it with its grants. Its
	// sessions end. It returns [ErrNotFound].
	DeleteClient(ctx context.Context, id string, allow func(*Client) error) error
}

// Documents reads the GraphQL documents of clients.
type Documents interface {
	// Needs returns the fewest scopes with which a client can run all of the documents: for
	// a person if delegated is set, else for itself. It also returns a hash of each. Its
	// error is a sentence for the client.
	Needs(documents []string, delegated bool) (scopes, hashes []string, err error)
}

// Clients registers, changes and ends clients.
type Clients struct {
	Store     Store
	Registry  *Registry
	Documents Documents
	Accounts  *auth.Accounts
	Services  *services.Accounts
	Now       func() time.Time
}

// A NewClient is a client that was just made, or got another secret, which is in no other
// answer.
type NewClient struct {
	ClientSecret *string // nil for a client without one
	Client       *Client
}

// Client returns the client with the id, or [ErrNotFound].
func (c *Clients) Client(id string) (*Client, error) {
	if found, ok := c.Registry.Client(id); ok {
		return found, nil
	}
	return nil, ErrNotFound
}

// OfSession returns the client whose tokens a session has; nil without one, and if it was
// deleted.
func (c *Clients) OfSession(ctx context.Context, s *auth.Session) (*Client, error) {
	if s.ClientID == "" {
		return nil, nil //nolint:nilnil // most sessions have none
	}
	client, err := c.Registry.Find(ctx, s.ClientID)
	if errors.Is(err, ErrNotFound) {
		return nil, nil //nolint:nilnil // it is gone
	}
	return client, err
}

// maxPage is how many clients a page has at most.
const maxPage = 100

// Page returns the clients that follow the one with the id after, oldest first, and
// whether more follow. It returns an [*auth.InputError] if first is out of range.
func (c *Clients) Page(after string, first int) (page []*Client, more bool, err error) {
	if first < 0 || first > maxPage {
		return nil, false, &auth.InputError{Field: "first", Message: "A page holds 0 to 100 clients."}
	}
	page = c.Registry.Page(after, first+1) // one more tells whether more follow
	if more = len(page) > first; more {
		page = page[:first]
	}
	return page, more, nil
}

// SetDisabled disables or enables a client. Tokens of a disabled one end. It returns
// [ErrNotFound] and [ErrRank].
func (c *Clients) SetDisabled(ctx context.Context, id string, disabled bool) (*Client, error) {
	return c.change(ctx, id, func(client *Client) error {
		client.Disabled = disabled
		return nil
	})
}

// Delete deletes a client and returns its id. It returns [ErrNotFound] and [ErrRank].
func (c *Clients) Delete(ctx context.Context, id string) (string, error) {
	p := auth.Caller(ctx)
	if p == nil {
		return "", auth.ErrNoCredential
	}
	if !isID(id) {
		return "", ErrNotFound
	}
	err := c.Store.DeleteClient(ctx, id, func(client *Client) error { return c.checkRank(p, client) })
	if err != nil {
		return "", err
	}
	return id, c.Registry.Reload(ctx, id)
}

// change changes a client that the caller outranks, before and after.
func (c *Clients) change(ctx context.Context, id string, change func(*Client) error) (*Client, error) {
	p := auth.Caller(ctx)
	if p == nil {
		return nil, auth.ErrNoCredential
	}
	if !isID(id) {
		return nil, ErrNotFound
	}
	changed, err := c.Store.ChangeClient(ctx, id, func(client *Client) error {
		if err := c.checkRank(p, client); err != nil {
			return err
		}
		if err := change(client); err != nil {
			return err
		}
		return c.checkRank(p, client)
	})
	if err != nil {
		return nil, err
	}
	return changed, c.Registry.Reload(ctx, id)
}

// checkRank returns [ErrRank] unless the caller has every scope that the client can be
// given here, and is an administrator if no one is asked to allow it anything.
func (c *Clients) checkRank(p *auth.Principal, client *Client) error {
	if !p.Covers(c.granted(client.Scopes)) || client.FirstParty && !p.Administers() {
		return fmt.Errorf("%w: %q", ErrRank, client.ID)
	}
	return nil
}

// isID reports whether a text can be the id of a client: a UUID in its canonical form.
func isID(id string) bool {
	parsed, err := uuid.Parse(id)
	return err == nil && parsed.String() == id
}
