package token

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/x509"
	"errors"
	"fmt"
)

// A sealed key is version (1) | secret id (4) | nonce (12) | ciphertext and tag.
const sealVersion = 1

const sealHeaderSize = 1 + len(derived{}.id)

// SealKey encrypts the key for storage, with AES-256-GCM and the current
// secret. The key's id and algorithm are the additional data, so [Secrets.OpenKey]
// fails for a row with a changed id or algorithm or with another row's key.
func (s Secrets) SealKey(k *Key) ([]byte, error) {
	plain, err := k.marshal()
	if err != nil {
		return nil, fmt.Errorf("seal key %q: %w", k.ID, err)
	}
	keys, err := s.current()
	if err != nil {
		return nil, fmt.Errorf("seal key %q: %w", k.ID, err)
	}
	header := append([]byte{sealVersion}, keys.id[:]...)
	return aead(keys.seal).Seal(header, nil, plain, sealData(header, k.ID, k.Algorithm)), nil
}

// OpenKey decrypts what SealKey made for the same id and algorithm. It returns
// [ErrOtherSecret] if neither secret made it. Any other error means that it is
// damaged or was made for another id or algorithm.
func (s Secrets) OpenKey(id string, alg Algorithm, sealed []byte) (*Key, error) {
	k, err := s.openKey(id, alg, sealed)
	if err != nil {
		return nil, fmt.Errorf("open key %q: %w", id, err)
	}
	return k, nil
}

func (s Secrets) openKey(id string, alg Algorithm, sealed []byte) (*Key, error) {
	if len(sealed) < sealHeaderSize || sealed[0] != sealVersion {
		return nil, errors.New("not a sealed key")
	}
	header := sealed[:sealHeaderSize]
	keys := s.named(header[1:])
	if keys == nil {
		return nil, ErrOtherSecret
	}
	plain, err := aead(keys.seal).Open(nil, nil, sealed[sealHeaderSize:], sealData(header, id, alg))
	if err != nil {
		return nil, err
	}
	private, err := unmarshalPrivate(alg, plain)
	if err != nil {
		return nil, err
	}
	return privateKey(id, alg, private)
}

func aead(key [32]byte) cipher.AEAD {
	block, err := aes.NewCipher(key[:])
	if err != nil {
		panic("token: " + err.Error()) // only if the key isn't 16, 24 or 32 bytes long
	}
	sealing, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic("token: " + err.Error()) // only if the cipher isn't AES
	}
	return sealing
}

// sealData is the additional data of a sealed key. It is unambiguous, because
// no algorithm's name has a NUL.
func sealData(header []byte, id string, alg Algorithm) []byte {
	return []byte(string(header) + string(alg) + "\x00" + id)
}

// marshal returns the private half: the bytes of an HMAC key, or PKCS #8 for
// any other key.
func (k *Key) marshal() ([]byte, error) {
	switch private := k.material().private.(type) {
	case nil:
		return nil, errNoPrivate
	case []byte:
		return private, nil
	default:
		return x509.MarshalPKCS8PrivateKey(private)
	}
}

func unmarshalPrivate(alg Algorithm, plain []byte) (any, error) {
	if alg == HS256 {
		return plain, nil
	}
	return x509.ParsePKCS8PrivateKey(plain)
}
