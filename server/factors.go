package server

import (
	"context"

	"gatehouse/auth"
	"gatehouse/auth/factor/desk"
)

// factors sets up second factors and asks for them, as the settings say.
func (d *Deployment) factors(accounts *auth.Accounts, sessions *auth.Sessions) *desk.Desk {
	f := &desk.Desk{
		Rule: d.Settings.SecondFactor, Mail: d.Settings.Mails(), Issuer: d.Settings.PublicURL.Hostname(),
		Proofs: d.proofs(), Secrets: d.Secrets, Store: d.Store.Factors, Accounts: accounts, Sessions: sessions,
	}
	if sessions != nil {
		f.Attempts = sessions.Passwords.Attempts
	}
	return f
}

// Factors removes second factors, for the command line.
func (d *Deployment) Factors(ctx context.Context) (*desk.Desk, error) {
	revocations, err := d.Revocations(ctx)
	if err != nil {
		return nil, err
	}
	return d.factors(&auth.Accounts{Store: d.Store, Revocations: revocations}, nil), nil
}
