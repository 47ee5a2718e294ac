package backup

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"filippo.io/age"
)

// Encrypt returns a writer that encrypts for the recipients, each an age public
// key. Without recipients it returns one that doesn't. Close it after the last
// byte.
func Encrypt(to io.Writer, recipients []age.Recipient) (io.WriteCloser, error) {
	if len(recipients) == 0 {
		return plain{to}, nil
	}
	return age.Encrypt(to, recipients...)
}

type plain struct{ io.Writer }

func (plain) Close() error { return nil }

// Recipients reads public keys of age. The error doesn't repeat them: one that
// is wrong may be a private key.
func Recipients(keys []string) ([]age.Recipient, error) {
	var all []age.Recipient
	for _, key := range keys {
		if strings.HasPrefix(strings.ToUpper(strings.TrimSpace(key)), "AGE-SECRET-KEY-") {
			return nil, errors.New("--recipient has a private key: give the public key, age1..., which age-keygen -y FILE prints")
		}
		some, err := age.ParseRecipients(strings.NewReader(key))
		if err != nil {
			return nil, errors.New("--recipient is not a public key of age: it begins with age1; age-keygen -o FILE makes one")
		}
		all = append(all, some...)
	}
	return all, nil
}

// Identities reads private keys of age from the text of a file.
func Identities(file string, text []byte) ([]age.Identity, error) {
	all, err := age.ParseIdentities(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("%s has no private key of age: give the file that age-keygen wrote; decrypt it first if it has a passphrase", file)
	}
	return all, nil
}

// Save writes a file that only its owner can read. write writes it under
// another name, which becomes path when all of it is on the disk. If it fails,
// nothing is left, and an older file at path stays.
func Save(path string, write func(io.Writer) error) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.partial") // 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Close()
			_ = os.Remove(f.Name())
		}
	}()
	if err := write(f); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// encryptedHeader begins an age file.
const encryptedHeader = "age-encryption.org/"

// Open opens a backup and checks all of it. identities decrypt it. The file has
// to stay open for as long as the backup is used.
func Open(f *os.File, identities []age.Identity) (*Backup, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%w: give the file that gatehouse backup wrote", ErrForeign)
	}
	start := make([]byte, len(encryptedHeader))
	if n, err := f.ReadAt(start, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	} else if n == 0 {
		return nil, fmt.Errorf("%w: it is empty", ErrDamaged)
	}
	switch {
	case string(start) == encryptedHeader && len(identities) == 0:
		return nil, fmt.Errorf("%w: add --identity with the file of the private key", ErrEncrypted)
	case string(start) == encryptedHeader:
		return decrypt(f, info.Size(), identities)
	case !bytes.HasPrefix(start, []byte("PK")):
		return nil, fmt.Errorf("%w: give the file that gatehouse backup wrote", ErrForeign)
	}
	return read(f, info.Size())
}

func decrypt(f io.ReaderAt, size int64, identities []age.Identity) (*Backup, error) {
	text, size, err := age.DecryptReaderAt(f, size, identities...)
	if none := (*age.NoIdentityMatchError)(nil); errors.As(err, &none) {
		return nil, fmt.Errorf("%w for other keys: give the private key of one of its recipients with --identity", ErrEncrypted)
	}
	if err != nil {
		return nil, damaged(err)
	}
	return read(text, size)
}
