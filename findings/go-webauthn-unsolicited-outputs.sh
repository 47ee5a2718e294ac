#!/usr/bin/env bash
# go-webauthn 0.18.2 refuses a right registration whose clientExtensionResults hold an output that
# was not asked for, such as credProps, which password managers in browsers add by themselves.
# Expected: that it is ignored. WebAuthn Level 3 (9.4 and 7.1) has relying parties be prepared for
# unsolicited outputs, and lets them refuse such by policy; here refusing is the default.
#
# Seen, by registrations that differ in clientExtensionResults only:
#   default, {}: ok
#   default, {"credProps":{"rk":true}}: Error validating the client extension outputs: Client returned
#     the "credProps" extension output which was not requested
#   UnsolicitedOutputPolicyIgnore, {"credProps":{"rk":true}}: ok
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export GOFLAGS=-mod=mod GOWORK=off
go mod init finding >/dev/null 2>&1
go get github.com/go-webauthn/webauthn@v0.18.2 github.com/descope/virtualwebauthn@v1.0.3 >/dev/null 2>&1
cat >main.go <<'GO'
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	virtual "github.com/descope/virtualwebauthn"
	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
)

type user struct{ credentials []webauthn.Credential }

func (u *user) WebAuthnID() []byte                         { return []byte("0123456789abcdef") }
func (u *user) WebAuthnName() string                       { return "ada@example.com" }
func (u *user) WebAuthnDisplayName() string                { return "Ada" }
func (u *user) WebAuthnCredentials() []webauthn.Credential { return u.credentials }

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

var (
	rp     = virtual.RelyingParty{Name: "Example", ID: "example.com", Origin: "https://example.com"}
	device = virtual.NewAuthenticatorWithOptions(virtual.AuthenticatorOptions{UserHandle: []byte("0123456789abcdef")})
)

// register returns what comes of a registration with these extension outputs.
func register(policy protocol.UnsolicitedOutputPolicy, outputs string) string {
	web := must(webauthn.New(&webauthn.Config{
		RPID: rp.ID, RPDisplayName: rp.Name, RPOrigins: []string{rp.Origin}, ExtensionsUnsolicitedOutputPolicy: policy,
	}))
	creation, session, err := web.BeginRegistration(&user{})
	if err != nil {
		panic(err)
	}
	options := must(virtual.ParseAttestationOptions(string(must(json.Marshal(creation)))))
	answer := map[string]any{}
	made := virtual.CreateAttestationResponse(rp, device, virtual.NewCredential(virtual.KeyTypeRSA), *options)
	if err := json.Unmarshal([]byte(made), &answer); err != nil {
		panic(err)
	}
	answer["clientExtensionResults"] = json.RawMessage(outputs)
	parsed := must(protocol.ParseCredentialCreationResponseBody(strings.NewReader(string(must(json.Marshal(answer))))))
	_, err = web.CreateCredential(&user{}, *session, parsed)
	if known := (*protocol.Error)(nil); errors.As(err, &known) {
		return known.Details
	}
	if err != nil {
		return err.Error()
	}
	return "ok"
}

func main() {
	const credProps = `{"credProps":{"rk":true}}`
	fmt.Println("default, {}:", register(protocol.UnsolicitedOutputPolicyReject, "{}"))
	fmt.Println("default, "+credProps+":", register(protocol.UnsolicitedOutputPolicyReject, credProps))
	fmt.Println("UnsolicitedOutputPolicyIgnore, "+credProps+":", register(protocol.UnsolicitedOutputPolicyIgnore, credProps))
}
GO
diff <(go run .) - <<'SEEN'
default, {}: ok
default, {"credProps":{"rk":true}}: Error validating the client extension outputs: Client returned the "credProps" extension output which was not requested
UnsolicitedOutputPolicyIgnore, {"credProps":{"rk":true}}: ok
SEEN
echo 'as described: go-webauthn 0.18.2 refuses extension outputs that were not asked for'
