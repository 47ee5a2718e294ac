package server

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"gatehouse/auth/token"
	"gatehouse/store/embedded"
)

// secretKeyFile holds the SECRET_KEY of an embedded database.
const secretKeyFile = "secrets/secret-key"

// keptFiles are the files in DATA_DIR that belong to its database: the secret
// key, and the first administrator's password for as long as it is valid.
var keptFiles = []string{secretKeyFile, "secrets/first-admin", "admin-password"}

// KeptFiles returns the files in DATA_DIR that belong to the database and are
// not in it, by their paths. With DATABASE_URL there are none.
func (d *Deployment) KeptFiles() (map[string]string, error) {
	kept := map[string]string{}
	if !d.Settings.Embedded() {
		return kept, nil
	}
	for _, name := range keptFiles {
		if name == secretKeyFile && d.Settings.SecretKey != nil {
			continue // the setting is the database's
		}
		text, err := os.ReadFile(filepath.Join(d.Settings.DataDir, name))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		if err == nil {
			kept[name] = strings.TrimSuffix(string(text), "\n")
		}
	}
	return kept, nil
}

// SecretOf returns the secret that the deployment has once ReplaceKeptFiles has
// been called with the files.
func (d *Deployment) SecretOf(files map[string]string) (token.Secrets, error) {
	text, found := files[secretKeyFile]
	if !found || !d.Settings.Embedded() || d.Settings.SecretKey != nil {
		return d.Secrets, nil
	}
	secret, err := token.ParseSecret(text)
	return token.Secrets{Current: secret, Previous: d.Secrets.Previous}, err
}

// ReplaceKeptFiles replaces the files in DATA_DIR that belong to the database.
func (d *Deployment) ReplaceKeptFiles(files map[string]string) error {
	if !d.Settings.Embedded() {
		return nil
	}
	secrets, err := d.SecretOf(files)
	if err != nil {
		return err
	}
	if _, err := embedded.SecretsDir(d.Settings.DataDir); err != nil {
		return err
	}
	for _, name := range keptFiles {
		path := filepath.Join(d.Settings.DataDir, name)
		text, found := files[name]
		switch {
		case name == secretKeyFile && (!found || d.Settings.SecretKey != nil): // the present one stays
		case found:
			err = writeSecret(path, text)
		default:
			if err = os.Remove(path); errors.Is(err, fs.ErrNotExist) {
				err = nil
			}
		}
		if err != nil {
			return err
		}
	}
	d.Secrets = secrets
	return nil
}

// DSN returns the connection string of the database.
func (d *Deployment) DSN() string {
	if d.Postgres != nil {
		return d.Postgres.DSN()
	}
	return d.Settings.DatabaseURL
}
