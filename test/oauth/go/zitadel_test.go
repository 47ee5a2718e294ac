package oauth

import (
	"encoding/json"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/zitadel/oidc/v3/pkg/client/rp"
	httphelper "github.com/zitadel/oidc/v3/pkg/http"
	"github.com/zitadel/oidc/v3/pkg/oidc"
)

// TestZitadelRelyingParty is an application made of zitadel's certified relying party: its
// handlers, PKCE, userinfo, refresh and log-out.
func TestZitadelRelyingParty(t *testing.T) {
	p := running(t)
	c := p.Clients["zitadel"]
	cookies := httphelper.NewCookieHandler([]byte("0123456789abcdef0123456789abcdef"), []byte("fedcba9876543210fedcba9876543210"), httphelper.WithUnsecure())
	party, err := rp.NewRelyingPartyOIDC(t.Context(), p.Issuer, c.ID, c.Secret, p.App+"/cb", []string{"openid", "email", "offline_access"},
		rp.WithPKCE(cookies), rp.WithLogger(slog.New(slog.DiscardHandler)), rp.WithSigningAlgsFromDiscovery())
	if err != nil {
		t.Fatal(err)
	}
	var tokens *oidc.Tokens[*oidc.IDTokenClaims]
	show := func(w http.ResponseWriter, _ *http.Request, got *oidc.Tokens[*oidc.IDTokenClaims], _ string, _ rp.RelyingParty, info *oidc.UserInfo) {
		tokens = got
		_ = json.NewEncoder(w).Encode(info)
	}
	routes := http.NewServeMux()
	routes.Handle("/login", rp.AuthURLHandler(func() string { return "a state" }, party, rp.WithPromptURLParam("consent")))
	routes.Handle("/cb", rp.CodeExchangeHandler(rp.UserinfoCallback(show), party))
	routes.HandleFunc("/bye", func(http.ResponseWriter, *http.Request) {})
	app := serve(t, p.App, routes)

	a := p.visit(t, app+"/login", app+"/done")
	var info oidc.UserInfo
	if err := json.Unmarshal([]byte(a.Text), &info); err != nil || info.Email != p.Email || tokens == nil {
		t.Fatalf("the browser ended at %+v: %v", a, err)
	}
	renewed, err := rp.RefreshTokens[*oidc.IDTokenClaims](t.Context(), party, tokens.RefreshToken, "", "")
	if err != nil {
		t.Fatal(err)
	}
	if renewed.IDTokenClaims == nil || renewed.IDTokenClaims.Subject != info.Subject {
		t.Errorf("the renewed ID token is %+v", renewed.IDTokenClaims)
	}
	if renewed.RefreshToken == "" {
		renewed.RefreshToken = tokens.RefreshToken
	}
	if err := rp.RevokeToken(t.Context(), party, renewed.RefreshToken, "refresh_token"); err != nil {
		t.Error(err)
	}
	if _, err := rp.RefreshTokens[*oidc.IDTokenClaims](t.Context(), party, renewed.RefreshToken, "", ""); err == nil {
		t.Error("a revoked token was renewed")
	}
	// It logs out without the person's browser, so the page that asks is as good an answer.
	if _, err := rp.EndSession(t.Context(), party, renewed.IDToken, app+"/bye", "seen", "", nil); err != nil {
		t.Error(err)
	}
}

// serve starts the application at an address that was registered before.
func serve(t *testing.T, address string, handler http.Handler) string {
	t.Helper()
	parsed, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", parsed.Host)
	if err != nil {
		t.Fatal(err)
	}
	app := httptest.NewUnstartedServer(handler)
	_ = app.Listener.Close()
	app.Listener = listener
	app.Start()
	t.Cleanup(app.Close)
	return address
}
