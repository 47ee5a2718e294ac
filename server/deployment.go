package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/term"

	"gatehouse/auth"
	"gatehouse/auth/password"
	"gatehouse/auth/policy"
	"gatehouse/auth/token"
	"gatehouse/graph"
	"gatehouse/store"
	"gatehouse/store/embedded"
)

// hashQueue is how many passwords may wait for each that is being hashed, before the service says that it can't now.
const hashQueue = 64

// A deployment is a database with the settings that go with it: what the service and the other commands work on.
type deployment struct {
	settings *settings
	log      *slog.Logger
	store    *store.Store
	postgres *embedded.Postgres // nil with DATABASE_URL
	hasher   *password.Hasher
	room     *room
	crowd    *crowd
	traces   *traces // nil for none

	draining atomic.Bool
	ready    func(context.Context) error
	sharing  func() bool // whether replicas count attempts together
}

// How a command takes a database of our own.
type use func(context.Context, embedded.Config) (*embedded.Postgres, error)

// A service has its database for itself; the other commands use the one that runs, or start it for as long as they take.
func exclusive(ctx context.Context, c embedded.Config) (*embedded.Postgres, error) {
	return embedded.Serve(ctx, c)
}

func shared(ctx context.Context, c embedded.Config) (*embedded.Postgres, error) {
	return embedded.Use(ctx, c)
}

// open reaches the database, and brings one up where DATABASE_URL is unset.
func open(ctx context.Context, s *settings, log *slog.Logger, take use) (*deployment, error) {
	d := &deployment{
		settings: s, log: log, room: &room{places: int64(s.MaxRequests), body: int64(s.LimitBody), log: log},
		crowd: &crowd{most: int64(s.MaxConnections), log: log},
	}
	d.ready = func(context.Context) error { return errors.New("starting") }
	d.sharing = func() bool { return false }
	var err error
	if d.traces, err = newTraces(ctx, s, log); err != nil {
		return nil, err
	}
	if d.traces != nil {
		d.log = slog.New(tracedLog{log.Handler()})
	}
	dsn := s.DatabaseURL
	if s.embedded() {
		postgres, err := take(ctx, embedded.Config{DataDir: s.DataDir, BinDir: s.PGBinDir, Log: log})
		if err != nil {
			return nil, err
		}
		d.postgres, dsn = postgres, postgres.DSN()
		if err := d.ownSecret(); err != nil {
			d.close()
			return nil, err
		}
	}
	if err := d.reach(ctx, dsn); err != nil {
		d.close()
		if !s.embedded() {
			return nil, fmt.Errorf("DATABASE_URL: %w", err)
		}
		return nil, err
	}
	cores := runtime.GOMAXPROCS(0)
	d.hasher, err = password.NewHasher(password.Method(s.PasswordHasher), cores, cores*hashQueue)
	if err != nil {
		d.close()
		return nil, err
	}
	if d.traces != nil {
		d.hasher.Began = d.traces.hashing
	}
	return d, nil
}

// reach opens the store.
func (d *deployment) reach(ctx context.Context, dsn string) (err error) {
	if d.traces == nil {
		d.store, err = store.Open(ctx, dsn)
	} else {
		d.store, err = store.OpenTraced(ctx, dsn, d.traces.provider)
	}
	return err
}

// close gives everything back, the last first.
func (d *deployment) close() {
	if d.traces != nil {
		d.traces.close(d.log)
	}
	if d.store != nil {
		_ = d.store.Close()
	}
	if d.postgres == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := d.postgres.Stop(ctx); err != nil {
		d.log.Error("the database did not stop", slog.String("error", err.Error()))
	}
}

// gone is closed when a database of our own ends by itself.
func (d *deployment) gone() <-chan struct{} {
	if d.postgres == nil {
		return nil
	}
	return d.postgres.Gone()
}

// ownSecret reads the SECRET_KEY that is kept in DATA_DIR, or makes it, where the settings have none.
func (d *deployment) ownSecret() error {
	if d.settings.SecretKey != "" {
		return nil
	}
	dir, err := embedded.SecretsDir(d.settings.DataDir)
	if err != nil {
		return err
	}
	path := filepath.Join(dir, "secret-key")
	kept, err := os.ReadFile(path)
	if err == nil {
		d.settings.SecretKey = strings.TrimSpace(string(kept))
		return nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("the secret key in DATA_DIR can't be read: %w", err)
	}
	_, made := token.NewSecret()
	d.settings.SecretKey = made
	return writeSecret(path, made)
}

// writeSecret keeps a secret in a file that only its owner reads, whole or not at all.
func writeSecret(path, text string) error {
	temporary := path + ".new"
	if err := os.WriteFile(temporary, []byte(text+"\n"), 0o600); err != nil {
		return err
	}
	return os.Rename(temporary, path)
}

// adminPasswordFile is where the first administrator's password is kept if nobody was there to see it.
func adminPasswordFile(s *settings) string { return filepath.Join(s.DataDir, "admin-password") }

// adminIDFile is where it is kept whose password that is.
func adminIDFile(s *settings) (string, error) {
	dir, err := embedded.SecretsDir(s.DataDir)
	return filepath.Join(dir, "first-admin"), err
}

func keepAdminPassword(s *settings, admin *firstAdmin, log *slog.Logger) error {
	path := adminPasswordFile(s)
	whose, err := adminIDFile(s)
	if err == nil {
		err = writeSecret(whose, admin.user.ID)
	}
	if err == nil {
		err = writeSecret(path, admin.password)
	}
	if err != nil {
		return fmt.Errorf("the first administrator's password can't be kept: %w", err)
	}
	log.Info("made the first administrator, "+admin.user.Email+"; the password is in a file", slog.String("user", admin.user.ID), slog.String("file", path))
	return nil
}

// forgetAdminPassword removes the file with the first administrator's password once that account has another.
func (d *deployment) forgetAdminPassword(u *auth.User) {
	if !d.settings.embedded() {
		return
	}
	whose, err := adminIDFile(d.settings)
	if err != nil {
		return
	}
	if id, err := os.ReadFile(whose); err == nil && strings.TrimSpace(string(id)) == u.ID {
		_ = os.Remove(adminPasswordFile(d.settings))
		_ = os.Remove(whose)
	}
}

// passwords checks and chooses passwords as the settings have it.
func (d *deployment) passwords() *auth.Passwords {
	return &auth.Passwords{Store: d.store, Hasher: d.hasher, Rules: d.settings.rules()}
}

// operator does what only the command line may.
func (d *deployment) operator() *auth.Operator {
	live := auth.NewLive(nil, d.settings.AccessTokenTTL, time.Now)
	passwords := d.passwords()
	accounts := &auth.Accounts{Store: d.store, Passwords: passwords, Live: live}
	return &auth.Operator{Store: d.store, Accounts: accounts, Passwords: passwords, Now: time.Now}
}

// compile makes the policy out of the schema, for the roles there are.
func compile(roles []auth.Role) (*policy.Policy, error) {
	names := make([]string, len(roles))
	for i, r := range roles {
		names[i] = r.Name
	}
	return policy.Compile(graph.Schema(), policy.Config{Roles: names, Sibling: graph.Sibling})
}

// terminal reports whether a person is at the other end of a file.
func terminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }
