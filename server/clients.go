package server

import (
	"gatehouse/auth"
	"gatehouse/auth/oauth/clients"
)

// resources registers the services that tokens can be made for.
func (d *Deployment) resources(registry *clients.Registry, accounts *auth.Accounts) *clients.Resources {
	return &clients.Resources{
		Store: d.Store, Registry: registry, Accounts: accounts, Own: []string{d.Settings.Audience, d.Settings.Issuer()}, Now: d.clock.Now,
	}
}
