package server

import (
	"context"

	"gatehouse/auth"
	"gatehouse/auth/oauth/clients"
	"gatehouse/auth/services"
	"gatehouse/graph"
	"gatehouse/graph/persisted"
)

// Clients registers and ends clients, for the command line.
func (d *Deployment) Clients(ctx context.Context) (*clients.Clients, error) {
	named, err := graph.Policy(nil)
	if err != nil {
		return nil, err
	}
	revocations := auth.NewRevocationCache(named.Scopes(), named.OwnScopes(), d.Settings.AccessTokenTTL, d.clock)
	if err := d.load(ctx, revocations); err != nil {
		return nil, err
	}
	registry := clients.NewRegistry(d.Store)
	if err := registry.Load(ctx); err != nil {
		return nil, err
	}
	hasher, err := d.hasher()
	if err != nil {
		return nil, err
	}
	documents, err := persisted.NewClientDocuments(named)
	if err != nil {
		return nil, err
	}
	accounts := &auth.Accounts{Store: d.Store, Passwords: d.passwords(hasher), Revocations: revocations}
	services := &services.Accounts{Store: d.Store, Accounts: accounts, Now: d.clock.Now}
	return &clients.Clients{Store: d.Store, Registry: registry, Documents: documents, Accounts: accounts, Services: services, Now: d.clock.Now}, nil
}

// Resources registers the services that tokens can be made for, for the command line.
func (d *Deployment) Resources(ctx context.Context) (*clients.Resources, error) {
	all, err := d.Clients(ctx)
	if err != nil {
		return nil, err
	}
	return d.resources(all.Registry, all.Accounts), nil
}

func (d *Deployment) resources(registry *clients.Registry, accounts *auth.Accounts) *clients.Resources {
	return &clients.Resources{
		Store: d.Store, Registry: registry, Accounts: accounts, Own: []string{d.Settings.Audience, d.Settings.Issuer()}, Now: d.clock.Now,
	}
}
