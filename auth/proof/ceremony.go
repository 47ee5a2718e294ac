package proof

import (
	"context"
	"fmt"
	"time"
)

// A State is what the service has to know again when a client answers: which challenge it was
// sent, and for what. It works once, as every proof does.
type State struct {
	Purpose   Purpose
	ID        string
	UserID    string // the account that may answer; "" for any holder of the token
	Seed      []byte
	Data      []byte // a JSON object; not secret from the client
	CreatedAt time.Time
	ExpiresAt time.Time
}

// Keep keeps the state of a ceremony, and returns the token by which [Proofs.Redeem] finds it.
// userID is the account that may answer, "" for any holder of the token.
func (p *Proofs) Keep(ctx context.Context, purpose Purpose, userID string, data []byte) (text string, expires time.Time, err error) {
	now := p.Now().UTC().Truncate(time.Microsecond)
	s := &State{
		Purpose: purpose, ID: NewID(now), UserID: userID, Seed: NewSeed(), Data: data, CreatedAt: now, ExpiresAt: now.Add(purpose.kind().life),
	}
	if err := p.Store.KeepState(ctx, s); err != nil {
		return "", time.Time{}, err
	}
	if text, err = p.Secrets.IssueLink(purpose.kind().number, s.ID, s.Seed); err != nil {
		return "", time.Time{}, fmt.Errorf("ceremony %q: %w", s.ID, err)
	}
	return text, s.ExpiresAt, nil
}

// Redeem uses a state up and returns its data. Of several calls at once, one gets it. It returns
// [ErrInvalid] unless the token was made for the purpose and the account; then the state stays.
func (p *Proofs) Redeem(ctx context.Context, purpose Purpose, userID, text string) (data []byte, err error) {
	c, err := p.Link(text, purpose)
	if err != nil {
		return nil, err
	}
	return p.Store.TakeState(ctx, c, userID)
}
