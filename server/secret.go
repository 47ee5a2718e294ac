package server

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"gatehouse/auth/token"
	"gatehouse/store/embedded"
)

// ownSecret reads the SECRET_KEY that is kept in DATA_DIR, or makes one.
func ownSecret(dataDir string) (token.Secret, error) {
	dir, err := embedded.SecretsDir(dataDir)
	if err != nil {
		return token.Secret{}, err
	}
	path := filepath.Join(dir, filepath.Base(secretKeyFile))
	kept, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		secret, text := token.NewSecret()
		return secret, writeSecret(path, text)
	case err != nil:
		return token.Secret{}, fmt.Errorf("the secret key in DATA_DIR can't be read: %w", err)
	}
	secret, err := token.ParseSecret(string(kept))
	if err != nil {
		return token.Secret{}, fmt.Errorf("SECRET_KEY: %w", err)
	}
	return secret, nil
}

// writeSecret writes a file that only its owner can read. A crash leaves the
// whole text or none.
func writeSecret(path, text string) error {
	temporary := path + ".new"
	if err := os.WriteFile(temporary, []byte(text+"\n"), 0o600); err != nil {
		return err
	}
	return os.Rename(temporary, path)
}
