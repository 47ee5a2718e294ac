package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"sync/atomic"
	"time"

	"gatehouse/auth"
	"gatehouse/auth/apikey"
	"gatehouse/auth/clock"
	"gatehouse/auth/keys"
	oauthtokens "gatehouse/auth/oauth/tokens"
	"gatehouse/auth/operator"
	"gatehouse/auth/password"
	"gatehouse/auth/password/breached"
	"gatehouse/auth/token"
	"gatehouse/graph"
	"gatehouse/settings"
	"gatehouse/store"
	"gatehouse/store/embedded"
)

// hashQueue is how many passwords may wait for each one that is being hashed.
// Beyond that the service answers that it is busy.
const hashQueue = 64

// stopTimeout is how long a database of our own may take to stop.
const stopTimeout = 30 * time.Second

// waitPause is the time between two attempts to reach a database that is not there yet.
const waitPause = 250 * time.Millisecond

// A Deployment is a database and the settings that belong to it: what the
// service and the commands share.
type Deployment struct {
	Settings *settings.Settings
	Log      *slog.Logger
	Store    *store.Store
	Postgres *embedded.Postgres // nil with DATABASE_URL
	Secrets  token.Secrets

	now     func() time.Time // the machine's
	clock   *clock.Clock     // the database's
	skewed  skewLog
	stepped chan struct{} // receives when the database's clock has jumped

	breached *breached.List // stolen passwords; nil: none are known

	unwritable atomic.Pointer[notReadyError] // why nothing can be written; nil if it can
	outages    outages
}

func newDeployment(s *settings.Settings, log *slog.Logger, now func() time.Time) *Deployment {
	return &Deployment{Settings: s, Log: log, now: now, clock: clock.New(now), stepped: make(chan struct{}, 1)}
}

// Open opens the database for a command. Without DATABASE_URL it is that of the
// running service, or is started until Close.
func Open(ctx context.Context, s *settings.Settings, log *slog.Logger, now func() time.Time) (*Deployment, error) {
	d := newDeployment(s, log, now)
	if err := d.open(ctx, embedded.Use, store.Options{}, 0); err != nil {
		d.Close()
		return nil, err
	}
	return d, nil
}

// openBreached opens the list of stolen passwords, if there is one.
func (d *Deployment) openBreached() (err error) {
	if d.Settings.BreachedPasswords == "" {
		return nil
	}
	d.breached, err = breached.Open(d.Settings.BreachedPasswords, func(err error) {
		d.Log.Warn("a new password was not looked up", slog.String("error", err.Error()))
	})
	if err != nil {
		return fmt.Errorf("BREACHED_PASSWORDS: %w", err)
	}
	return nil
}

// open opens the database and finds the secrets. take is how a database of our
// own is taken: for a service alone, or shared. wait is how long to wait for one
// at DATABASE_URL that can't be reached yet. After an error the caller closes what
// was opened.
func (d *Deployment) open(
	ctx context.Context, take func(context.Context, embedded.Config) (*embedded.Postgres, error), o store.Options,
	wait time.Duration,
) error {
	if err := d.openBreached(); err != nil {
		return err
	}
	s, dsn := d.Settings, d.Settings.DatabaseURL
	if s.SecretKey != nil {
		d.Secrets.Current = *s.SecretKey
	}
	d.Secrets.Previous = s.SecretKeyPrevious
	if s.Embedded() {
		postgres, err := take(ctx, embedded.Config{DataDir: s.DataDir, BinDir: s.PGBinDir, Log: d.Log})
		if err != nil {
			return err
		}
		d.Postgres, dsn = postgres, postgres.DSN()
		if s.SecretKey == nil {
			if d.Secrets.Current, err = ownSecret(s.DataDir); err != nil {
				return err
			}
		}
	}
	o.PoolSize = s.DatabasePoolSize
	if s.Embedded() {
		wait = 0
	}
	var err error
	if d.Store, err = d.await(ctx, dsn, o, wait); err != nil && !s.Embedded() {
		return fmt.Errorf("DATABASE_URL: %w", err)
	}
	if err != nil {
		return err
	}
	return d.measure(ctx)
}

// measure sets the clock.
func (d *Deployment) measure(ctx context.Context) error {
	asked := d.clock.Elapsed()
	at, err := d.Store.Now(ctx)
	if err == nil {
		d.clock.Measure(asked, d.clock.Elapsed(), at)
	}
	return err
}

// await opens the store. For so long it waits for a database that can't be reached
// yet, such as one that starts at the same time.
func (d *Deployment) await(ctx context.Context, dsn string, o store.Options, wait time.Duration) (*store.Store, error) {
	ending, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	for logged := false; ; logged = true {
		s, err := store.Open(ctx, dsn, o)
		if err == nil || !errors.Is(err, store.ErrNotYet) || ending.Err() != nil {
			return s, err
		}
		if !logged {
			d.Log.Info("waiting for the database", slog.String("at_most", wait.String()), slog.String("error", err.Error()))
		}
		select {
		case <-ending.Done():
			return nil, err
		case <-time.After(waitPause):
		}
	}
}

// Close closes the database, and stops it if this deployment has started it.
func (d *Deployment) Close() {
	if d.breached != nil {
		_ = d.breached.Close()
	}
	if d.Store != nil {
		_ = d.Store.Close()
	}
	if d.Postgres == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	if err := d.Postgres.Stop(ctx); err != nil {
		d.Log.Error("the database did not stop", slog.String("error", err.Error()))
	}
}

// gone is closed when a database of our own ends by itself.
func (d *Deployment) gone() <-chan struct{} {
	if d.Postgres == nil {
		return nil
	}
	return d.Postgres.Gone()
}

// Keys looks after the signing keys.
func (d *Deployment) Keys() *keys.Keys {
	k := &keys.Keys{
		Store: d.Store, Secrets: d.Secrets, Algorithm: d.Settings.JWTAlg, TokenTTL: d.Settings.AccessTokenTTL,
		Announce: d.Settings.KeyAnnounce, MaxAge: d.Settings.KeyMaxAge, Clock: d.clock,
		Skipped: func(err error) { d.Log.Error("a signing key is left out", slog.String("error", err.Error())) },
	}
	if d.Settings.OAuth.On {
		k.IDTokens = []token.Algorithm{token.RS256, token.ES256, token.EdDSA}
		k.TokenTTL = max(k.TokenTTL, oauthtokens.IDTokenTTL)
	}
	return k
}

// Revocations returns what the database says of the access tokens already issued: the
// changes within the last lifetime of one.
func (d *Deployment) Revocations(ctx context.Context) (*auth.RevocationCache, error) {
	revocations := auth.NewRevocationCache(nil, nil, d.Settings.AccessTokenTTL, d.clock)
	return revocations, d.load(ctx, revocations)
}

// load reads into revocations everything that may contradict a token already issued.
func (d *Deployment) load(ctx context.Context, revocations *auth.RevocationCache) error {
	snapshot, err := d.Store.Snapshot(ctx, revocations.Window(), revocations.Position())
	if err != nil {
		return err
	}
	if snapshot.Rewound {
		d.Log.Warn("the database went back to an earlier state: sessions that ended since then may be active again, " +
			"and deleted accounts be back; end all sessions with: gatehouse session revoke-all")
	}
	for _, c := range snapshot.Changes {
		d.heed(c)
	}
	revocations.Load(snapshot)
	return nil
}

// Verifier accepts the access tokens of this deployment. key finds a key by its
// id.
func (d *Deployment) Verifier(key func(ctx context.Context, id string) (*token.Key, error)) *token.Verifier {
	return &token.Verifier{
		Issuer: d.Settings.Issuer(), Audience: d.Settings.Audience, MaxLifetime: d.Settings.AccessTokenTTL,
		Key: key, Now: d.clock.Now,
	}
}

// Operator does what only the command line may.
func (d *Deployment) Operator() (*operator.Operator, error) {
	hasher, err := d.hasher()
	if err != nil {
		return nil, err
	}
	return d.operator(d.passwords(hasher)), nil
}

func (d *Deployment) operator(passwords *auth.Passwords) *operator.Operator {
	revocations := auth.NewRevocationCache(nil, nil, d.Settings.AccessTokenTTL, d.clock)
	accounts := &auth.Accounts{Store: d.Store, Passwords: passwords, Revocations: revocations}
	return &operator.Operator{Store: d.Store, Accounts: accounts, Passwords: passwords, Now: d.clock.Now}
}

// APIKeyAuthenticator verifies the API keys of this deployment.
func (d *Deployment) APIKeyAuthenticator(callers *auth.Callers) (*apikey.Authenticator, error) {
	return apikey.NewAuthenticator(apikey.Options{
		Store: d.Store, Callers: callers, TTL: d.Settings.AccessTokenTTL, Limited: d.Settings.RateLimits, Now: d.clock.Now,
	})
}

// APIKeys makes and ends API keys, for the command line.
func (d *Deployment) APIKeys(ctx context.Context) (*apikey.Keys, error) {
	named, err := graph.Policy(nil)
	if err != nil {
		return nil, err
	}
	revocations := auth.NewRevocationCache(named.Scopes(), named.OwnScopes(), d.Settings.AccessTokenTTL, d.clock)
	if err := d.load(ctx, revocations); err != nil {
		return nil, err
	}
	return d.apiKeys(&auth.Accounts{Store: d.Store, Revocations: revocations}), nil
}

// apiKeys makes and ends API keys.
func (d *Deployment) apiKeys(accounts *auth.Accounts) *apikey.Keys {
	return &apikey.Keys{Store: d.Store, Accounts: accounts, MaxAge: d.Settings.KeyLife, Now: d.clock.Now}
}

// passwords checks and chooses passwords, without a limit on guesses.
func (d *Deployment) passwords(hasher *password.Hasher) *auth.Passwords {
	rules := d.Settings.PasswordRules()
	if d.breached != nil { // not of a nil pointer
		rules.Breached = d.breached
	}
	return &auth.Passwords{Store: d.Store, Hasher: hasher, Rules: rules, Now: d.clock.Now}
}

func (d *Deployment) hasher(options ...password.Option) (*password.Hasher, error) {
	cores := runtime.GOMAXPROCS(0)
	return password.NewHasher(d.Settings.PasswordHasher, cores, cores*hashQueue, options...)
}
