package token

import (
	"crypto/hmac"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/google/uuid"
)

// LinkVersion is the first byte of the token in a link, and of a handle. No other kind has it.
const LinkVersion = 5

// The token of a link is the unpadded base64url of
//
//	version (1) | id of the secret (4) | purpose (1) | id (16) | tag (16) | proof (16)
//
// where the first four are the header. A handle is the same without the proof: it says
// which proof a code is for, and proves nothing.
const (
	linkHeaderSize = 1 + len(derived{}.id) + 1 + 16
	handleSize     = linkHeaderSize + proofSize
	linkSize       = handleSize + proofSize
)

// codeDigits is how many decimal digits a code has.
const codeDigits = 8

// A Link is the token of a link with a good tag: it was made with one of our secrets, for
// this purpose and id. To find out whether it is genuine, compare its proof with the
// seed in the database (see [Proof]).
type Link struct {
	ID string // a UUID

	proven
}

// IssueLink makes the token of a link for a purpose, which is a number of the caller's.
// seed is the random part in the database. It is deterministic, so that a link can be
// sent again without having been stored.
func (s Secrets) IssueLink(purpose byte, id string, seed []byte) (string, error) {
	header, keys, err := s.linkHeader(purpose, id)
	if err == nil && len(seed) != RefreshSeedSize {
		err = errors.New("the seed is not 16 bytes long")
	}
	if err != nil {
		return "", fmt.Errorf("issue a link: %w", err)
	}
	raw := append(header, mac(keys.link.tag, header)[:proofSize]...)
	raw = append(raw, Proof(mac(keys.link.proof, header), seed)...)
	return strictBase64.EncodeToString(raw), nil
}

// IssueHandle makes the handle of a proof, which goes to the client that asked for it.
func (s Secrets) IssueHandle(purpose byte, id string) (string, error) {
	header, keys, err := s.linkHeader(purpose, id)
	if err != nil {
		return "", fmt.Errorf("issue a handle: %w", err)
	}
	return strictBase64.EncodeToString(append(header, mac(keys.link.tag, header)[:proofSize]...)), nil
}

// Code returns the code that is as good as the link, for the client that has the handle:
// 8 decimal digits.
func (s Secrets) Code(purpose byte, id string, seed []byte) (string, error) {
	header, keys, err := s.linkHeader(purpose, id)
	if err != nil {
		return "", fmt.Errorf("issue a code: %w", err)
	}
	return code(keys, header, seed), nil
}

// code is one of 10^8. The remainder of 2^64 makes some likelier by 10^-11.
func code(keys *derived, header, seed []byte) string {
	sum := mac(keys.linkCode, append(append([]byte{}, header...), seed...))
	return fmt.Sprintf("%0*d", codeDigits, binary.BigEndian.Uint64(sum)%100_000_000)
}

// ParseLink reads the token of a link and checks its tag, which needs no database. It
// returns [ErrInvalid] unless the tag was made for the purpose with one of the two
// secrets.
func (s Secrets) ParseLink(purpose byte, text string) (*Link, error) {
	header, keys, rest, err := s.parseLink(purpose, text, linkSize)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return newLink(header, keys, rest), nil
}

// ParseHandle reads a handle as ParseLink reads a link, and returns the id.
func (s Secrets) ParseHandle(purpose byte, text string) (id string, err error) {
	header, _, _, err := s.parseLink(purpose, text, handleSize)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return headerID(header), nil
}

// MatchCode returns the link that is as good as the code, or [ErrInvalid] if the code is
// wrong. It takes as long for either, and accepts codes of both secrets.
func (s Secrets) MatchCode(purpose byte, id string, seed []byte, text string) (*Link, error) {
	var match *Link
	for _, secret := range []*Secret{&s.Current, s.Previous} {
		if secret == nil || secret.keys == nil {
			continue
		}
		header, keys, err := Secrets{Current: *secret}.linkHeader(purpose, id)
		if err != nil {
			return nil, err
		}
		if subtle.ConstantTimeCompare([]byte(code(keys, header, seed)), []byte(text)) == 1 {
			match = newLink(header, keys, Proof(mac(keys.link.proof, header), seed))
		}
	}
	if match == nil {
		return nil, fmt.Errorf("%w: the code is wrong", ErrInvalid)
	}
	return match, nil
}

func newLink(header []byte, keys *derived, proof []byte) *Link {
	return &Link{headerID(header), newProven(mac(keys.link.proof, header), proof)}
}

// linkHeader returns the header that the current secret makes, and its keys.
func (s Secrets) linkHeader(purpose byte, id string) ([]byte, *derived, error) {
	keys, err := s.current()
	if err != nil {
		return nil, nil, err
	}
	parsed, err := uuid.Parse(id)
	if err != nil || parsed.String() != id {
		return nil, nil, errors.New("the id is not a lower-case UUID")
	}
	header := make([]byte, 0, linkHeaderSize)
	header = append(header, LinkVersion)
	header = append(header, keys.id[:]...)
	header = append(header, purpose)
	return append(header, parsed[:]...), keys, nil
}

// parseLink returns the verified header of a text that has size bytes, the keys it was
// made with, and what follows the tag.
func (s Secrets) parseLink(purpose byte, text string, size int) (header []byte, keys *derived, rest []byte, err error) {
	if len(text) != (size*8+5)/6 {
		return nil, nil, nil, errors.New("not the size of what is asked for")
	}
	raw, err := decodeSegment(text)
	if err != nil {
		return nil, nil, nil, err
	}
	if len(raw) != size || raw[0] != LinkVersion { // shorter if the text has line breaks
		return nil, nil, nil, errors.New("not of this version")
	}
	header, tag, rest := raw[:linkHeaderSize], raw[linkHeaderSize:handleSize], raw[handleSize:]
	if header[1+len(derived{}.id)] != purpose {
		return nil, nil, nil, errors.New("made for another purpose")
	}
	if keys = s.named(header[1 : 1+len(derived{}.id)]); keys == nil {
		return nil, nil, nil, ErrOtherSecret
	}
	if !hmac.Equal(tag, mac(keys.link.tag, header)[:proofSize]) {
		return nil, nil, nil, errors.New("the tag is wrong")
	}
	return header, keys, rest, nil
}

func headerID(header []byte) string {
	return uuid.UUID(header[linkHeaderSize-len(uuid.UUID{}):]).String()
}
