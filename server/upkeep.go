package main

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"time"

	"gatehouse/auth"
	"gatehouse/auth/token"
	"gatehouse/store"
)

// upkeepEvery is how often a replica does what is due. Replicas do it at different moments.
const upkeepEvery = time.Minute

// listen hears of changes until ctx ends, its own included.
func (d *deployment) listen(ctx context.Context, live *auth.Live, keys *auth.Keyring) (*store.Listener, error) {
	d.store.Changed = live.Apply
	return d.store.Listen(ctx, store.Hearer{
		Apply: live.Apply,
		Keys:  keys.Reload,
		Reload: func(ctx context.Context) error {
			return errors.Join(d.reload(ctx, live), keys.Reload(ctx))
		},
		Fault: func(err error) { d.log.Warn("hearing of changes", slog.String("error", err.Error())) },
		Turned: func(hearing bool) {
			if hearing {
				d.log.Info("hearing of changes again")
				return
			}
			d.log.Warn("not hearing of changes: every access token is looked up in the database")
		},
		Now: time.Now,
	})
}

// reload reads everything that tokens given out may be contradicted by.
func (d *deployment) reload(ctx context.Context, live *auth.Live) error {
	grants, changes, err := d.store.State(ctx, d.settings.AccessTokenTTL+time.Minute)
	if err == nil {
		live.Load(grants, changes)
	}
	return err
}

// listening reports why the service should get no requests, nil if it should.
func (d *deployment) listening(ctx context.Context, changes *store.Listener) error {
	if !changes.Hearing() {
		return errors.New("not hearing of revocations")
	}
	return d.store.Ping(ctx)
}

// keys looks after the signing keys, as the settings have it.
func (d *deployment) keys() (*auth.Keys, error) {
	secrets, err := d.settings.secrets()
	if err != nil {
		return nil, err
	}
	algorithm, err := token.ParseAlgorithm(d.settings.JWTAlg)
	if err != nil {
		return nil, err
	}
	return &auth.Keys{
		Store: d.store, Secrets: secrets, Algorithm: algorithm, TokenTTL: d.settings.AccessTokenTTL,
		Announce: d.settings.KeyAnnounce, MaxAge: d.settings.KeyMaxAge, Now: time.Now,
		Fault: func(err error) { d.log.Error("a signing key is left out", slog.String("error", err.Error())) },
	}, nil
}

// upkeep does what is due, now and then, until ctx ends.
func (d *deployment) upkeep(ctx context.Context, keys *auth.Keyring) {
	next := time.NewTimer(rand.N(upkeepEvery)) //nolint:gosec // it need not be unpredictable, only different
	defer next.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-next.C:
		}
		if err := d.keepUp(ctx, keys); err != nil && ctx.Err() == nil {
			d.log.Warn("upkeep", slog.String("error", err.Error()))
		}
		next.Reset(upkeepEvery)
	}
}

// keepUp notes which key signs, lets keys follow one another, and deletes what nobody needs.
func (d *deployment) keepUp(ctx context.Context, keys *auth.Keyring) error {
	ctx, cancel := context.WithTimeout(ctx, upkeepEvery)
	defer cancel()
	var noted error
	if key := keys.Signing(); key != nil {
		noted = d.store.KeySigns(ctx, key.ID)
	}
	kept := d.store.Exclusively(ctx, keys.Upkeep)
	purged, err := d.store.Purge(ctx, d.settings.lifetimes())
	if purged > 0 {
		d.log.Info("purged sessions that ended long ago", slog.Int("sessions", purged))
	}
	return errors.Join(noted, kept, err)
}
