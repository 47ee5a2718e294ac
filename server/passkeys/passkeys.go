// Package passkeys wires passkeys: what they need at a start, and what browsers and password
// managers read about them.
package passkeys

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"

	"gatehouse/edge"
	"gatehouse/settings"
)

// The paths of the documents.
const (
	// originsPath says whose pages may ask for passkeys of our domain (WebAuthn Level 3, 5.11).
	originsPath = "/.well-known/webauthn"
	// endpointsPath leads password managers to the page for passkeys.
	// https://www.w3.org/TR/passkey-endpoints/
	endpointsPath = "/.well-known/passkey-endpoints"
)

// caching is how long others may keep the documents. They follow from the settings.
const caching = "public, max-age=300"

// Handle serves the documents, if the service has passkeys.
func Handle(mux *http.ServeMux, s *settings.Settings) {
	if s.RPID() == "" {
		return
	}
	page := s.AccountPage()
	page.Fragment = "security"
	documents := map[string]any{
		originsPath:   map[string][]string{"origins": s.PasskeyOrigins()},
		endpointsPath: map[string]string{"enroll": page.String(), "manage": page.String()},
	}
	for path, document := range documents {
		mux.Handle("GET "+path, edge.Document("application/json", caching, func() ([]byte, error) { return json.Marshal(document) }))
	}
}

// Counter counts the passkeys of other domains than this one, and names one of those.
type Counter interface {
	ForeignPasskeys(ctx context.Context, rpID string) (count int, other string, err error)
}

// Check returns an error if the database has passkeys of another domain, which would be lost
// without a word. accept says that they may be.
func Check(ctx context.Context, c Counter, s *settings.Settings, accept bool, log *slog.Logger) error {
	count, other, err := c.ForeignPasskeys(ctx, s.RPID())
	if err != nil || count == 0 {
		return err
	}
	now := "for the domain " + s.RPID()
	if s.RPID() == "" {
		now = "off, because PUBLIC_URL has no domain or no https"
	}
	if accept {
		log.Warn("passkeys of another domain work no more", slog.Int("count", count), slog.String("domain", other), slog.String("passkeys_are", now))
		return nil
	}
	return fmt.Errorf("PASSKEY_RP_ID: %d passkeys are for the domain %s, and passkeys are now %s, so no one could use them any more; "+
		"set PASSKEY_RP_ID=%s, and if PUBLIC_URL is not below it, PASSKEY_ORIGINS with the origin of PUBLIC_URL; "+
		"or start with: gatehouse serve --accept-lost-passkeys", count, other, now, other)
}
