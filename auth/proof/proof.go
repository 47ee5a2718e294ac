// Package proof decides what a link or a code proves: that its holder reads the mails to
// an address. Each is for one purpose and works once.
//
// A link is computed from a secret and from a row in the database, and stored nowhere, so
// that the same link can be sent again, and neither a dump nor a queue of mails has one.
package proof

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"gatehouse/auth/token"
)

// ErrInvalid means that a link or a code was used, is too old, or is not for this. It
// does not say which.
var ErrInvalid = errors.New("the link or the code was used, is too old, or is not for this; ask for another one")

// Spacing is how long after a mail the next one to the same address for the same purpose
// is sent, and PerHour how many are sent within an hour.
const (
	Spacing = time.Minute
	PerHour = 5
)

// maxTries is how many codes may be tried for one proof.
const maxTries = 5

// A Request asks for a mail with a link.
type Request struct {
	Purpose   Purpose
	Key       string         // the canonical address that it proves
	Address   string         // as it was typed
	UserID    string         // the account whose address is to change; "" otherwise
	SessionID string         // in which it is asked for; "" for none
	Data      map[string]any // what the proof is of; not secret
	Locale    string         // the language of the mail; "" for the default
}

// An Ask is a request as the database takes it: what a proof has if it is new.
type Ask struct {
	Request
	ID, MailID string
	Seed       []byte
	Now        time.Time
	Life, Most time.Duration
}

// An Open is a proof that waits for its link or its code.
type Open struct {
	ID        string
	CreatedAt time.Time
	ExpiresAt time.Time
}

// A Claim is a link or a code that has been read, and not used yet.
type Claim struct {
	Purpose Purpose
	ID      string
	Key     []byte // with the seed in the database, it gives Proof: see [token.Proof]
	Proof   []byte
	Now     time.Time
}

// Store persists proofs.
type Store interface {
	// Ask makes a proof, or finds the one that is open, and queues its mail unless one
	// was sent a moment ago or too many were. It runs the same statement for each address,
	// and reads no account.
	Ask(ctx context.Context, a *Ask) (*Open, error)
	// Try counts a code that is tried, and returns the seed of the proof. It returns
	// [ErrInvalid] if it does not exist or most were tried already.
	Try(ctx context.Context, purpose Purpose, id string, most int, now time.Time) (seed []byte, err error)
	// KeepState stores a state.
	KeepState(ctx context.Context, s *State) error
	// TakeState uses a state up and returns its data. It returns [ErrInvalid] unless it is
	// open and belongs to the account, "" for no account.
	TakeState(ctx context.Context, c *Claim, userID string) (data []byte, err error)
}

// Proofs makes and reads proofs.
type Proofs struct {
	Secrets token.Secrets
	Store   Store
	Now     func() time.Time // the database's time
}

// Request asks for a mail with a link. While one is open, the same link is sent again.
func (p *Proofs) Request(ctx context.Context, r Request) (*Open, error) {
	return p.Store.Ask(ctx, p.New(r))
}

// New returns a request as the database takes it.
func (p *Proofs) New(r Request) *Ask {
	now, k := p.Now().UTC().Truncate(time.Microsecond), r.Purpose.kind()
	return &Ask{Request: r, ID: NewID(now), MailID: NewID(now), Seed: NewSeed(), Now: now, Life: k.life, Most: k.most}
}

// Issue returns the text of a proof that is handed out at once, and in no mail.
func (p *Proofs) Issue(a *Ask) (string, error) {
	return p.Secrets.IssueLink(a.Purpose.kind().number, a.ID, a.Seed)
}

// Handle returns what a client presents beside the code of the mail.
func (p *Proofs) Handle(purpose Purpose, id string) (string, error) {
	return p.Secrets.IssueHandle(purpose.kind().number, id)
}

// Link reads the text of a link for one of the purposes. It asks no database. It returns
// [ErrInvalid].
func (p *Proofs) Link(text string, purposes ...Purpose) (*Claim, error) {
	for _, purpose := range purposes {
		link, err := p.Secrets.ParseLink(purpose.kind().number, text)
		if err == nil {
			return p.claim(purpose, link), nil
		}
	}
	return nil, ErrInvalid
}

// Code reads the code of a mail. A wrong one counts before it is compared, so that those
// tried at once count as well. It returns [ErrInvalid].
func (p *Proofs) Code(ctx context.Context, purpose Purpose, handle, code string) (*Claim, error) {
	id, err := p.Secrets.ParseHandle(purpose.kind().number, handle)
	if err != nil {
		return nil, ErrInvalid
	}
	seed, err := p.Store.Try(ctx, purpose, id, maxTries, p.Now())
	if err != nil {
		return nil, err
	}
	link, err := p.Secrets.MatchCode(purpose.kind().number, id, seed, code)
	switch {
	case errors.Is(err, token.ErrInvalid):
		return nil, ErrInvalid
	case err != nil:
		return nil, err
	}
	return p.claim(purpose, link), nil
}

func (p *Proofs) claim(purpose Purpose, link *token.Link) *Claim {
	return &Claim{Purpose: purpose, ID: link.ID, Key: link.ProofKey(), Proof: link.Proof(), Now: p.Now().UTC()}
}

// Text returns the link and the code of a proof, for its mail.
func (p *Proofs) Text(purpose Purpose, id string, seed []byte) (link, code string, err error) {
	if link, err = p.Secrets.IssueLink(purpose.kind().number, id, seed); err != nil {
		return "", "", fmt.Errorf("proof %q: %w", id, err)
	}
	if code, err = p.Secrets.Code(purpose.kind().number, id, seed); err != nil {
		return "", "", fmt.Errorf("proof %q: %w", id, err)
	}
	return link, code, nil
}

// NewSeed returns the random part of a proof.
func NewSeed() []byte {
	seed := make([]byte, token.RefreshSeedSize)
	_, _ = rand.Read(seed) // never fails (crypto/rand)
	return seed
}

// NewID returns a UUIDv7 of that time (RFC 9562, 5.7).
func NewID(at time.Time) string {
	id := uuid.Must(uuid.NewV7())
	binary.BigEndian.PutUint32(id[:], uint32(at.UnixMilli()>>16))
	binary.BigEndian.PutUint16(id[4:], uint16(at.UnixMilli()))
	return id.String()
}
