package token

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/x509"
	"errors"
	"fmt"
)

// sealVersion leads a sealed key: version (1) | secret id (4) | nonce (12) | ciphertext and tag.
const sealVersion = 1

const sealHeaderSize = 1 + len(derived{}.id)

// SealKey encrypts the key for storage, with AES-256-GCM under the current secret. Its id and algorithm are bound to
// the ciphertext as additional data: a row whose id or algorithm was changed, or that took another row's key, no
// longer opens.
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
	return keys.aead().Seal(header, nil, plain, sealData(header, k.ID, k.Algorithm)), nil
}

// OpenKey decrypts what SealKey made for the same id and algorithm. The error is ErrOtherSecret when neither secret
// made it; any other means that it is damaged or was made for another id or algorithm.
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
	plain, err := keys.aead().Open(nil, nil, sealed[sealHeaderSize:], sealData(header, id, alg))
	if err != nil {
		return nil, err
	}
	private, err := unmarshalPrivate(alg, plain)
	if err != nil {
		return nil, err
	}
	return privateKey(id, alg, private)
}

func (d *derived) aead() cipher.AEAD {
	block, err := aes.NewCipher(d.seal[:])
	if err != nil {
		panic("token: " + err.Error()) // only for a key that is not of 16, 24 or 32 bytes
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic("token: " + err.Error()) // only for a cipher that is not AES
	}
	return aead
}

// sealData is what a sealed key is bound to. No algorithm holds a NUL, so it can't be read in two ways.
func sealData(header []byte, id string, alg Algorithm) []byte {
	return []byte(string(header) + string(alg) + "\x00" + id)
}

// marshal returns the private half: the bytes of an HMAC key, PKCS #8 of any other.
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
