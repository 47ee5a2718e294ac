package server

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"time"

	"gatehouse/auth"
	"gatehouse/auth/keys"
	"gatehouse/auth/oauth/clients"
	"gatehouse/auth/revocation"
	"gatehouse/store/listen"
)

// upkeepEvery is how often a replica does its upkeep. Replicas do it at
// different moments.
const upkeepEvery = time.Minute

// listen applies the changes of all replicas, ours included, until ctx ends.
func (d *Deployment) listen(
	ctx context.Context, revocations *auth.RevocationCache, keyring *keys.Keyring, registry *clients.Registry,
) (*listen.Listener, error) {
	return d.Store.Listen(ctx, listen.Subscriber{
		Apply: func(c revocation.Change) {
			d.heed(c)
			revocations.Apply(c)
		},
		ReloadKeys:    keyring.Reload,
		ReloadClient:  registry.Reload,
		ReloadClients: registry.Load,
		Reload: func(ctx context.Context) error {
			return errors.Join(d.load(ctx, revocations), keyring.Reload(ctx), registry.Load(ctx))
		},
		OnError: func(err error) { d.Log.Warn("listening for changes", slog.String("error", err.Error())) },
		OnStateChange: func(inSync bool) {
			if inSync {
				d.Log.Info("listening for changes again")
				return
			}
			d.Log.Warn("not listening for changes: every access token is checked against the database")
		},
		OnMeasured: d.measured,
		Clock:      d.clock,
		Now:        d.now,
	})
}

// keepUp does the upkeep now and then, until ctx ends.
func (d *Deployment) keepUp(ctx context.Context, keyring *keys.Keyring) {
	next := time.NewTimer(rand.N(upkeepEvery)) //nolint:gosec // it need not be unpredictable, only different
	defer next.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-d.stepped:
			if err := d.note(ctx, keyring); err != nil && ctx.Err() == nil {
				d.Log.Warn("upkeep", slog.String("error", err.Error()))
			}
			continue
		case <-next.C:
		}
		if err := d.upkeep(ctx, keyring); err != nil && ctx.Err() == nil {
			d.Log.Warn("upkeep", slog.String("error", err.Error()))
		}
		next.Reset(upkeepEvery)
	}
}

// upkeep notes which key signs, replaces old keys, seals secrets of the previous SECRET_KEY
// again, and deletes sessions, proofs and mails that ended long ago.
func (d *Deployment) upkeep(ctx context.Context, keyring *keys.Keyring) error {
	ctx, cancel := context.WithTimeout(ctx, upkeepEvery)
	defer cancel()
	noted := d.note(ctx, keyring)
	read := keyring.Reload(ctx)
	d.lookBack(keyring)
	kept := d.Store.Exclusively(ctx, d.Keys().Upkeep)
	purged, err := d.Store.Purge(ctx, d.Settings.Lifetimes())
	if purged > 0 {
		d.Log.Info("purged sessions that ended long ago", slog.Int("sessions", purged))
	}
	return errors.Join(noted, read, kept, err, d.Store.OAuth.Purge(ctx), d.Store.PurgeProofs(ctx, d.clock.Now()), d.factors(nil, nil).Reseal(ctx))
}

// note notes which key signs, and so how far the database's clock has come, and
// whether it went back.
func (d *Deployment) note(ctx context.Context, keyring *keys.Keyring) error {
	var back, signs error
	if d.repeats() {
		back = d.Store.NoteClockBack(ctx, d.clock.Repeated())
	}
	if key := keyring.Signing(); key != nil {
		signs = d.Store.MarkSigning(ctx, key.ID)
	}
	return errors.Join(back, signs)
}
