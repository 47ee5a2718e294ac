#!/usr/bin/env bash
# zitadel/oidc v3.52.0: rp.EndSession does not return where to send the person's browser: it posts the
# logout request itself, from the server. The provider gets none of the browser's cookies, so the
# person stays logged in there, though EndSession reports success.
# Expected: the URL of the request, for a redirect (OpenID Connect RP-Initiated Logout, 2: "the RP
# redirects the End-User's User Agent").
#
# Seen:
#   EndSession: error <nil>
#   the provider got: POST from Go-http-client/1.1, cookies: 0
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cat >go.mod <<'MOD'
module finding

go 1.25
MOD
cat >main.go <<'GO'
package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/zitadel/oidc/v3/pkg/client/rp"
)

func main() {
	var server *httptest.Server
	server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/logout" {
			fmt.Printf("the provider got: %s from %s, cookies: %d\n", r.Method, r.UserAgent(), len(r.Cookies()))
			return
		}
		fmt.Fprintf(w, `{"issuer":%q,"authorization_endpoint":%q,"token_endpoint":%q,"jwks_uri":%q,"end_session_endpoint":%q}`,
			server.URL, server.URL+"/auth", server.URL+"/token", server.URL+"/keys", server.URL+"/logout")
	}))
	defer server.Close()
	ctx := context.Background()
	party, err := rp.NewRelyingPartyOIDC(ctx, server.URL, "app", "secret", "http://127.0.0.1/cb", []string{"openid"})
	if err != nil {
		panic(err)
	}
	_, err = rp.EndSession(ctx, party, "an.id.token", "http://127.0.0.1/bye", "s", "", nil)
	fmt.Println("EndSession: error", err)
}
GO
go get github.com/zitadel/oidc/v3@v3.52.0 >/dev/null 2>&1
go mod tidy >/dev/null 2>&1
diff <(go run . | sort) - <<'SEEN'
EndSession: error <nil>
the provider got: POST from Go-http-client/1.1, cookies: 0
SEEN
echo 'as described: rp.EndSession of zitadel/oidc v3.52.0 logs out without the browser'
