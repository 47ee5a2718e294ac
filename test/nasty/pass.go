package nasty

import "gatehouse/auth"

// A Pass is the payload of become, which authenticates.
type Pass struct {
	Keeper *Keeper
	Rival  *Keeper

	principal *auth.Principal
}

// Principal is the new caller.
func (p *Pass) Principal() *auth.Principal { return p.principal }
