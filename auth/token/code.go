package token

import (
	"crypto/hmac"
	"errors"
	"fmt"

	"github.com/google/uuid"
)

// The first bytes of codes and of sign-in cookies. [RefreshVersion] is that of refresh
// tokens, and no byte is that of two kinds.
const (
	CodeVersion   = 2
	SignInVersion = 3
)

// A code, and a sign-in cookie, is the unpadded base64url of
//
//	version (1) | id of the secret (4) | id of the row (16) | tag (16) | proof (16)
//
// where the first three are the header. Each kind has keys of its own, so that neither
// passes for the other or for a refresh token.
const (
	idHeaderSize = 1 + len(derived{}.id) + len(uuid.UUID{})
	idTokenSize  = idHeaderSize + 2*proofSize
	idTextSize   = (idTokenSize*8 + 5) / 6
)

// Code is an authorization code (RFC 6749, 1.3.1) with a good tag. To find out whether
// it is genuine, compare its proof with the code's row (see [Proof]).
type Code struct {
	ID string // a UUID

	proven
}

// SignIn is a cookie of the sign-in page with a good tag. To find out whether it is
// genuine, compare its proof with the session's row (see [Proof]).
type SignIn struct {
	SessionID string // a UUID

	proven
}

// IssueCode makes the authorization code with the id. seed is the random seed in its
// row, of [RefreshSeedSize] bytes. Like [Secrets.IssueRefresh] it is deterministic.
func (s Secrets) IssueCode(id string, seed []byte) (string, error) {
	text, err := s.issueID(CodeVersion, id, seed)
	if err != nil {
		return "", fmt.Errorf("issue authorization code: %w", err)
	}
	return text, nil
}

// ParseCode reads an authorization code and checks its tag, without the database. It
// returns [ErrInvalid] unless the tag was made with one of the two secrets, and also
// [ErrOtherSecret] if the code names another secret.
func (s Secrets) ParseCode(text string) (*Code, error) {
	id, p, err := s.parseID(CodeVersion, text)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return &Code{id, p}, nil
}

// IssueSignIn makes the cookie of a session of the sign-in page. seed is the random seed
// in its row, of [RefreshSeedSize] bytes. Like [Secrets.IssueRefresh] it is
// deterministic; the cookie is not replaced while the session lasts.
func (s Secrets) IssueSignIn(sessionID string, seed []byte) (string, error) {
	text, err := s.issueID(SignInVersion, sessionID, seed)
	if err != nil {
		return "", fmt.Errorf("issue sign-in cookie: %w", err)
	}
	return text, nil
}

// ParseSignIn reads a cookie of the sign-in page as [Secrets.ParseCode] reads a code.
func (s Secrets) ParseSignIn(text string) (*SignIn, error) {
	id, p, err := s.parseID(SignInVersion, text)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return &SignIn{id, p}, nil
}

// of returns the keys of a kind of token.
func (d *derived) of(version byte) proofKeys {
	if version == CodeVersion {
		return d.code
	}
	return d.signIn
}

func (s Secrets) issueID(version byte, text string, seed []byte) (string, error) {
	secret, err := s.current()
	if err != nil {
		return "", err
	}
	id, err := uuid.Parse(text)
	if err != nil || id.String() != text {
		return "", errors.New("the id is not a lower-case UUID")
	}
	if len(seed) != RefreshSeedSize {
		return "", errors.New("the seed is not 16 bytes long")
	}
	keys := secret.of(version)
	header := append(append([]byte{version}, secret.id[:]...), id[:]...)
	raw := append([]byte{}, header...)
	raw = append(raw, mac(keys.tag, header)[:proofSize]...)
	raw = append(raw, Proof(mac(keys.proof, header), seed)...)
	return strictBase64.EncodeToString(raw), nil
}

func (s Secrets) parseID(version byte, text string) (string, proven, error) {
	p, err := splitID(text)
	if err != nil {
		return "", proven{}, err
	}
	if p.header[0] != version {
		return "", proven{}, errors.New("a token of another kind")
	}
	secret := s.named(p.secretID)
	if secret == nil {
		return "", proven{}, ErrOtherSecret
	}
	keys := secret.of(version)
	if !hmac.Equal(p.tag, mac(keys.tag, p.header)[:proofSize]) {
		return "", proven{}, errors.New("the tag is wrong")
	}
	return p.id.String(), newProven(mac(keys.proof, p.header), p.proof), nil
}

// idParts are the parts of a code or a sign-in cookie, not verified.
type idParts struct {
	header   []byte // what the tag authenticates
	secretID []byte
	id       uuid.UUID
	tag      []byte
	proof    []byte
}

func splitID(text string) (idParts, error) {
	if len(text) != idTextSize {
		return idParts{}, errors.New("not the size of a token of this kind")
	}
	raw, err := decodeSegment(text)
	if err != nil {
		return idParts{}, err
	}
	known := len(raw) == idTokenSize && (raw[0] == CodeVersion || raw[0] == SignInVersion)
	if !known { // shorter if the text has line breaks
		return idParts{}, errors.New("not a token of a known kind and version")
	}
	const (
		secretID = 1
		id       = secretID + len(derived{}.id)
		tag      = idHeaderSize
		proof    = tag + proofSize
	)
	return idParts{raw[:tag], raw[secretID:id], uuid.UUID(raw[id:tag]), raw[tag:proof], raw[proof:]}, nil
}
