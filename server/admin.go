package server

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"gatehouse/auth"
	"gatehouse/auth/operator"
	"gatehouse/settings"
	"gatehouse/store/embedded"
)

// A firstAdmin is the account that a first start creates.
type firstAdmin struct {
	user     *auth.User
	password string // generated; "" if it is in the settings
}

// firstAdmin creates the first administrator if there is no administrator: that
// of the settings, or, with a database of our own, admin@localhost. It returns
// nil if it creates none.
func (d *Deployment) firstAdmin(ctx context.Context, op *operator.Operator) (*firstAdmin, error) {
	email, password, generated := d.Settings.AdminEmail, d.Settings.AdminPassword, ""
	if email == "" {
		if !d.Settings.Embedded() {
			return nil, d.warnNoAdmin(ctx)
		}
		generated = op.NewPassword()
		email, password = "admin@localhost", generated
	}
	user, err := op.FirstAdmin(ctx, email, password)
	if err != nil || user == nil {
		return nil, err
	}
	return &firstAdmin{user: user, password: generated}, nil
}

// warnNoAdmin warns if the service has no administrator.
func (d *Deployment) warnNoAdmin(ctx context.Context) error {
	exists, err := d.Store.HasAdmin(ctx)
	if err == nil && !exists {
		d.Log.Warn("no account has the role admin; create one with: gatehouse user create EMAIL --role admin")
	}
	return err
}

// adminPasswordFile holds the first administrator's generated password if the
// service was not started at a terminal.
func adminPasswordFile(s *settings.Settings) string {
	return filepath.Join(s.DataDir, "admin-password")
}

// adminIDFile holds the id of the account that the password belongs to.
func adminIDFile(s *settings.Settings) (string, error) {
	dir, err := embedded.SecretsDir(s.DataDir)
	return filepath.Join(dir, "first-admin"), err
}

// keep writes the generated password to a file.
func (a *firstAdmin) keep(s *settings.Settings, log *slog.Logger) error {
	path := adminPasswordFile(s)
	idFile, err := adminIDFile(s)
	if err == nil {
		err = writeSecret(idFile, a.user.ID)
	}
	if err == nil {
		err = writeSecret(path, a.password)
	}
	if err != nil {
		return fmt.Errorf("the first administrator's password can't be kept: %w", err)
	}
	log.Info("created the first administrator, "+a.user.Email+"; the password is in a file",
		slog.String("user", a.user.ID), slog.String("file", path))
	return nil
}

// ForgetAdminPassword removes the file with the first administrator's password
// once that account has another password.
func (d *Deployment) ForgetAdminPassword(u *auth.User) {
	if !d.Settings.Embedded() {
		return
	}
	idFile, err := adminIDFile(d.Settings)
	if err != nil {
		return
	}
	if id, err := os.ReadFile(idFile); err == nil && strings.TrimSpace(string(id)) == u.ID {
		_ = os.Remove(adminPasswordFile(d.Settings))
		_ = os.Remove(idFile)
	}
}
