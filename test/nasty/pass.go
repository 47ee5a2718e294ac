package nasty

import "gatehouse/auth"

// A Pass is the payload of become: it authenticates the caller as a keeper.
type Pass struct {
	Keeper *Keeper
	Rival  *Keeper

	principal *auth.Principal
}

// Principal returns the authenticated caller.
func (p *Pass) Principal() *auth.Principal { return p.principal }
