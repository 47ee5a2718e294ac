package nasty

import "gatehouse/auth"

// A Pass says whom a caller has become.
type Pass struct {
	Keeper *Keeper
	Rival  *Keeper

	principal *auth.Principal
}

// Principal is the caller that the pass stands for.
func (p *Pass) Principal() *auth.Principal { return p.principal }
