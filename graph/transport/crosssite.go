package transport

import (
	"net/http"
	"slices"
)

// CrossSite refuses what a page of another site sends, unless its origin is one of those given. "*" is every origin, and needs none.
func CrossSite(origins []string) (*http.CrossOriginProtection, error) {
	p := http.NewCrossOriginProtection()
	if slices.Contains(origins, "*") {
		p.AddInsecureBypassPattern("/")
		return p, nil
	}
	for _, origin := range origins {
		if err := p.AddTrustedOrigin(origin); err != nil {
			return nil, err
		}
	}
	return p, nil
}
