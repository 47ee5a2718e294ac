package token

import (
	"bytes"
	"errors"
	"fmt"
)

// SealTOTP encrypts the secret that an account shares with its authenticator app, in the form of
// a sealed key. The account's id is the additional data, so that [Secrets.OpenTOTP] fails for
// another account's row.
func (s Secrets) SealTOTP(userID string, plain []byte) ([]byte, error) {
	keys, err := s.current()
	if err != nil {
		return nil, fmt.Errorf("seal the authenticator app of %q: %w", userID, err)
	}
	header := append([]byte{sealVersion}, keys.id[:]...)
	return aead(keys.totp).Seal(header, nil, plain, append(bytes.Clone(header), userID...)), nil
}

// OpenTOTP decrypts what SealTOTP made for the same account. It returns [ErrOtherSecret] if
// neither secret made it. Any other error means that it is damaged or another account's.
func (s Secrets) OpenTOTP(userID string, sealed []byte) ([]byte, error) {
	plain, err := s.openTOTP(userID, sealed)
	if err != nil {
		return nil, fmt.Errorf("open the authenticator app of %q: %w", userID, err)
	}
	return plain, nil
}

func (s Secrets) openTOTP(userID string, sealed []byte) ([]byte, error) {
	if len(sealed) < sealHeaderSize || sealed[0] != sealVersion {
		return nil, errors.New("not a sealed secret")
	}
	header := sealed[:sealHeaderSize]
	keys := s.named(header[1:])
	if keys == nil {
		return nil, ErrOtherSecret
	}
	return aead(keys.totp).Open(nil, nil, sealed[sealHeaderSize:], append(bytes.Clone(header), userID...))
}

// SealedBy returns the bytes after the first one of all that is sealed with the current secret,
// so that what another one has sealed can be found and sealed again.
func (s Secrets) SealedBy() ([]byte, error) {
	keys, err := s.current()
	if err != nil {
		return nil, err
	}
	return bytes.Clone(keys.id[:]), nil
}
