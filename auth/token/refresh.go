package token

import (
	"crypto/hmac"
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/google/uuid"
)

// The first bytes of refresh tokens: of a person's own session, and of an application's. Each
// kind has keys of its own, so that neither passes for the other.
const (
	RefreshVersion            = 1
	ApplicationRefreshVersion = 4
)

// RefreshSeedSize is the size, in bytes, of the random seed in each session's
// row.
const RefreshSeedSize = 16

// A refresh token is the unpadded base64url of
//
//	version (1) | id of the secret (4) | session id (16) |
//	counter (8, big endian) | tag (16) | proof (16)
//
// where the first four are the header.
const (
	refreshHeaderSize = 1 + len(derived{}.id) + 16 + 8
	refreshSize       = refreshHeaderSize + 2*proofSize
	refreshTextSize   = (refreshSize*8 + 5) / 6
)

// Refresh is a refresh token with a good tag: it was made with one of our
// secrets, for this session and counter. To find out whether it is genuine,
// compare its proof with the session's row (see [Proof]).
type Refresh struct {
	SessionID string // a UUID
	Counter   int64

	proven
}

// IssueRefresh makes the refresh token of a session for a counter value. seed
// is the random seed in the session's row.
//
// It is deterministic, so that we can make the successor of a token again
// instead of storing it. After a change of the secret the token is different
// but equivalent: both tokens of one counter are accepted while the old secret
// is Previous, and using either one uses up the counter.
func (s Secrets) IssueRefresh(sessionID string, counter int64, seed []byte) (string, error) {
	return s.issueRefresh(RefreshVersion, sessionID, counter, seed)
}

// IssueApplicationRefresh makes the refresh token of an application's session as IssueRefresh
// makes that of a person's own.
func (s Secrets) IssueApplicationRefresh(sessionID string, counter int64, seed []byte) (string, error) {
	return s.issueRefresh(ApplicationRefreshVersion, sessionID, counter, seed)
}

func (s Secrets) issueRefresh(version byte, sessionID string, counter int64, seed []byte) (string, error) {
	text, err := s.makeRefresh(version, sessionID, counter, seed)
	if err != nil {
		return "", fmt.Errorf("issue refresh token: %w", err)
	}
	return text, nil
}

func (s Secrets) makeRefresh(version byte, sessionID string, counter int64, seed []byte) (string, error) {
	keys, err := s.current()
	if err != nil {
		return "", err
	}
	id, err := uuid.Parse(sessionID)
	if err != nil || id.String() != sessionID {
		return "", errors.New("the session id is not a lower-case UUID")
	}
	if counter < 0 || len(seed) != RefreshSeedSize {
		return "", errors.New("the counter is negative or the seed is not 16 bytes long")
	}
	raw := make([]byte, 0, refreshSize)
	raw = append(raw, version)
	raw = append(raw, keys.id[:]...)
	raw = append(raw, id[:]...)
	raw = binary.BigEndian.AppendUint64(raw, uint64(counter))
	header := raw
	own := keys.refresh(version)
	raw = append(raw, mac(own.tag, header)[:proofSize]...)
	raw = append(raw, Proof(mac(own.proof, header), seed)...)
	return strictBase64.EncodeToString(raw), nil
}

// ParseRefresh reads a refresh token and checks its tag. It needs no database,
// so a foreign or changed token costs no query and no entry in the audit log.
// It returns [ErrInvalid] unless the tag was made with one of the two secrets,
// and also [ErrOtherSecret] if the token names another secret.
func (s Secrets) ParseRefresh(text string) (*Refresh, error) {
	return s.parseRefresh(RefreshVersion, text)
}

// ParseApplicationRefresh reads the refresh token of an application's session as ParseRefresh
// reads that of a person's own.
func (s Secrets) ParseApplicationRefresh(text string) (*Refresh, error) {
	return s.parseRefresh(ApplicationRefreshVersion, text)
}

func (s Secrets) parseRefresh(version byte, text string) (*Refresh, error) {
	r, err := s.readRefresh(version, text)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return r, nil
}

func (s Secrets) readRefresh(version byte, text string) (*Refresh, error) {
	p, err := splitRefresh(text)
	if err != nil {
		return nil, err
	}
	if p.header[0] != version {
		return nil, errors.New("a refresh token of another kind")
	}
	keys := s.named(p.secretID)
	if keys == nil {
		return nil, ErrOtherSecret
	}
	own := keys.refresh(version)
	if !hmac.Equal(p.tag, mac(own.tag, p.header)[:proofSize]) {
		return nil, errors.New("the tag is wrong")
	}
	if p.counter > math.MaxInt64 {
		return nil, errors.New("the counter is out of range")
	}
	return &Refresh{p.sessionID.String(), int64(p.counter), newProven(mac(own.proof, p.header), p.proof)}, nil
}

// refreshParts are the parts of a refresh token, not verified.
type refreshParts struct {
	header    []byte // what the tag authenticates
	secretID  []byte
	sessionID uuid.UUID
	counter   uint64
	tag       []byte
	proof     []byte
}

func splitRefresh(text string) (refreshParts, error) {
	if len(text) != refreshTextSize {
		return refreshParts{}, errors.New("not the size of a refresh token")
	}
	raw, err := decodeSegment(text)
	if err != nil {
		return refreshParts{}, err
	}
	known := len(raw) == refreshSize && (raw[0] == RefreshVersion || raw[0] == ApplicationRefreshVersion)
	if !known { // shorter if the text has line breaks
		return refreshParts{}, errors.New("not a refresh token of a known version")
	}
	const (
		secretID  = 1
		sessionID = secretID + len(derived{}.id)
		counter   = sessionID + len(uuid.UUID{})
		tag       = refreshHeaderSize
		proof     = tag + proofSize
	)
	return refreshParts{
		header:    raw[:refreshHeaderSize],
		secretID:  raw[secretID:sessionID],
		sessionID: uuid.UUID(raw[sessionID:counter]),
		counter:   binary.BigEndian.Uint64(raw[counter:]),
		tag:       raw[tag:proof],
		proof:     raw[proof:],
	}, nil
}
