package conformance_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2/ast"

	"gatehouse/auth"
	"gatehouse/auth/apikey"
	"gatehouse/auth/authn"
	"gatehouse/auth/bymail"
	"gatehouse/auth/clock"
	"gatehouse/auth/factor/desk"
	"gatehouse/auth/oauth/clients"
	"gatehouse/auth/operator"
	"gatehouse/auth/passkey"
	"gatehouse/auth/password"
	"gatehouse/auth/policy"
	"gatehouse/auth/proof"
	"gatehouse/auth/reauth"
	"gatehouse/auth/services"
	"gatehouse/auth/token"
	"gatehouse/graph"
	"gatehouse/graph/document"
	"gatehouse/graph/persisted"
	"gatehouse/store"
	"gatehouse/test/harness"
)

// startService runs the service with an account for each class of callers.
func startService(t testing.TB) (*service, *suite) {
	t.Helper()
	s := &service{Service: harness.Start(t, mailed()...), hash: harness.CheapHash(harness.AdaPassword), accounts: map[string]account{}}
	var err error
	if s.keys, err = s.Server().Deployment().APIKeys(t.Context()); err != nil {
		t.Fatal(err)
	}
	schema := loadSchema(t, graph.SDL())
	w := &suite{schema: schema, classes: classesOf(schema), experiments: serviceGenerator(schema).experiments(), prepare: s.prepare}
	for _, c := range w.classes {
		if len(c.roles) == 1 && c.roles[0] != auth.RoleAdmin && c.roles[0] != auth.RoleUser {
			if err := s.Store().CreateRole(t.Context(), operator.Role{Name: c.roles[0], Scopes: c.scopes}); err != nil {
				t.Fatal(err)
			}
		}
	}
	s.connect(t)
	s.openPasskeys(t)
	s.openFactors(t)
	s.app = s.client(t, false)
	for _, c := range w.classes {
		s.accounts[c.name] = s.create(t, c, true, true)
		s.allow(t, s.accounts[c.name].id)
	}
	s.program = s.create(t, class{name: "program", key: true}, true, false)
	s.invite(t)
	return s, w
}

// serviceGenerator knows which values lead somewhere in our schema.
func serviceGenerator(schema *ast.Schema) *generator {
	const another = "nine-loud-magpies-58"
	g := newGenerator(schema, map[string]any{
		"Query.access(operation:)": "{ me { id } }", "Query.accessAs(operation:)": "{ me { id } }", "Query.accessAs(role:)": "user",
		"Viewer.can(coordinates:)": []any{"Query.me"},
		"RegisterInput.email":      "@NEW@", "RegisterInput.password": harness.AdaPassword,
		"LoginInput.email": "@EMAIL@", "LoginInput.password": harness.AdaPassword,
		"ChangePasswordInput.currentPassword": harness.AdaPassword, "ChangePasswordInput.newPassword": another,
		"ChangeEmailInput.email": "@NEW@", "ChangeEmailInput.currentPassword": harness.AdaPassword,
		"Mutation.deleteMe(currentPassword:)": harness.AdaPassword, "UpdateUserInput.email": "@NEW@",
		"Mutation.refresh(refreshToken:)": "@REFRESH@", "Mutation.logout(refreshToken:)": "@REFRESH@",
		"Mutation.setUserRoles(roles:)": []any{"user"},
		"Mutation.rotateApiKey(id:)":    "@KEY@", "Mutation.rotateApiKey(overlap:)": "1h", "Mutation.rotateApiKey(currentPassword:)": harness.AdaPassword,
		"Mutation.revokeApiKey(id:)": "@KEY@", "Mutation.revokeAnyApiKey(id:)": "@KEY@", "Mutation.createServiceKey(userId:)": "@PROGRAM@",
		"CreateApiKeyInput.scopes": []any{"email"}, "CreateApiKeyInput.expiresAt": time.Now().Add(24 * time.Hour).UTC().Format(time.RFC3339),
		"CreateApiKeyInput.currentPassword": harness.AdaPassword, "CreateServiceAccountInput.roles": []any{"user"},
		"Mutation.verifyEmail(input:)":        map[string]any{"proof": "@verify_email@", "password": harness.AdaPassword},
		"Mutation.undoEmailChange(proof:)":    "@undo_email@",
		"Mutation.resetPassword(input:)":      map[string]any{"proof": "@reset_password@", "newPassword": another},
		"Mutation.loginByEmail(input:)":       map[string]any{"proof": "@login@"},
		"Mutation.finishRegistration(input:)": map[string]any{"proof": "@registration@", "password": another},
		"Mutation.acceptInvitation(input:)":   map[string]any{"proof": "@invitation@", "password": another},
		"Mutation.revokeInvitation(id:)":      "@INVITATION@", "Mutation.requestPasswordReset(email:)": "@EMAIL@",
		"Mutation.requestLogin(email:)": "@EMAIL@", "Mutation.requestRegistration(email:)": "@NEW@", "InvitationInput.email": "@NEW@",
		"Mutation.requestPasswordReset(locale:)": "de", "Mutation.requestLogin(locale:)": "de", "Mutation.requestRegistration(locale:)": "de",
		"Mutation.requestEmailVerification(locale:)": "de", "InvitationInput.locale": "de", "InvitationInput.roles": []any{"user"},
		"Mutation.loginWithPasskey(input:)": map[string]any{"ceremony": "@passkey_login@", "credential": getCredential},
		"Mutation.addPasskey(input:)":       map[string]any{"ceremony": "@passkey_add@", "credential": createCredential, "name": "Tablet"},
		"Mutation.renamePasskey(id:)":       "@PASSKEY@", "Mutation.deletePasskey(id:)": "@PASSKEY@",
		"Query.challenge(token:)":          "@challenge@",
		"Mutation.answerChallenge(input:)": map[string]any{"token": "@challenge@", "totp": "@totp@"},
		"Mutation.confirmTotp(input:)":     map[string]any{"proof": "@totp_proof@", "code": "@totp_code@"},
		"Mutation.reauthenticate(input:)":  map[string]any{"password": harness.AdaPassword},
		"Query.client(id:)":                "@CLIENT@", "Mutation.updateClient(id:)": "@CLIENT@", "Mutation.rotateClientSecret(id:)": "@CLIENT@",
		"Mutation.rotateClientSecret(overlap:)": "1h", "Mutation.disableClient(id:)": "@CLIENT@", "Mutation.enableClient(id:)": "@CLIENT@",
		"Mutation.deleteClient(id:)": "@CLIENT@", "Mutation.deleteResource(id:)": "@RESOURCE@", "Mutation.revokeGrant(clientId:)": "@APP@",
		"Mutation.createClient(input:)": map[string]any{
			"name": "harmless", "redirectUris": []any{"https://app.example.com/callback"}, "resources": []any{"@IDENTIFIER@"},
		},
		"Mutation.createResource(input:)": map[string]any{
			"identifier": "https://@UUID@.example", "name": "harmless", "scopes": []any{map[string]any{"name": "read:items", "title": "See items"}},
		},
		"CreateClientInput.redirectUris": []any{"https://app.example.com/callback"}, "CreateClientInput.grants": []any{"AUTHORIZATION_CODE"},
		"CreateClientInput.scopes": []any{"openid"}, "CreateClientInput.operations": []any{"{ viewer { id } }"},
		"CreateClientInput.resources": []any{"@IDENTIFIER@"}, "CreateResourceInput.identifier": "https://@UUID@.example",
		"ResourceScopeInput.name": "read:items", "UpdateClientInput.grants": []any{"AUTHORIZATION_CODE"}, "UpdateClientInput.scopes": []any{"openid"},
		"UpdateClientInput.operations": []any{"{ viewer { id } }"}, "UpdateClientInput.resources": []any{"@IDENTIFIER@"},
		"UpdateClientInput.redirectUris": []any{"https://app.example.com/callback"},
	}, "Mutation.refresh(refreshToken:)", "Query.accessAs(role:)")
	g.cheap = map[string]any{
		"RegisterInput.password": "short", "LoginInput.password": "wrong", "ChangePasswordInput.newPassword": "short", "CreateServiceAccountInput.name": "",
		"CreateClientInput.name": "", "Mutation.updateClient(id:)": "@UUID@", "CreateResourceInput.name": "",
	}
	return g
}

// starter starts services with other schemas on the same database, with an
// executor.
func (s *service) starter(t testing.TB, executor graph.Executor) starter {
	t.Helper()
	set, d := s.Settings(), s.Server().Deployment()
	named, err := graph.Policy(nil)
	if err != nil {
		t.Fatal(err)
	}
	revocations := auth.NewRevocationCache(named.Scopes(), named.OwnScopes(), set.AccessTokenTTL, clock.New(time.Now))
	own, err := store.Open(t.Context(), set.DatabaseURL, store.Options{Changed: revocations.Apply})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = own.Close() })
	snapshot, err := own.Snapshot(t.Context(), revocations.Window(), 0)
	if err != nil {
		t.Fatal(err)
	}
	revocations.Load(snapshot)
	verified, err := token.NewCachedVerifier(d.Verifier(s.Keyring().Key), s.Keyring().Epoch)
	if err != nil {
		t.Fatal(err)
	}
	hasher, err := password.NewHasher(password.Argon2id, 2, 64)
	if err != nil {
		t.Fatal(err)
	}
	callers := &auth.Callers{Revocations: revocations, InSync: func() bool { return true }, Store: own}
	passwords := &auth.Passwords{Store: own, Hasher: hasher, Rules: set.PasswordRules(), Now: time.Now}
	accounts := &auth.Accounts{Store: own, Passwords: passwords, Revocations: revocations}
	keys, err := d.APIKeyAuthenticator(callers)
	if err != nil {
		t.Fatal(err)
	}
	sessions := &auth.Sessions{
		Store: own, Passwords: passwords, Revocations: revocations, Life: set.Lifetimes(), Now: time.Now,
		Issuer: &auth.Issuer{
			Secrets: d.Secrets, SigningKey: s.Keyring().Signing, Issuer: set.Issuer(), Audience: set.Audience,
			TTL: set.AccessTokenTTL, Callers: callers, Life: set.Lifetimes(), Now: time.Now,
		},
	}
	rules := set.ByMail()
	rules.Registration = bymail.RegistrationByEmail // beside register, which asks no rule
	registry := clients.NewRegistry(own)
	if err := registry.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	documents, err := persisted.NewClientDocuments(named)
	if err != nil {
		t.Fatal(err)
	}
	proofs := &proof.Proofs{Secrets: d.Secrets, Store: own, Now: time.Now}
	passkeys, err := passkey.New(set.Passkeys(), proofs, own, sessions)
	if err != nil {
		t.Fatal(err)
	}
	factors := &desk.Desk{
		Rule: set.SecondFactor, Proofs: proofs, Secrets: d.Secrets, Store: own.Factors, Passkeys: passkeys, Accounts: accounts, Sessions: sessions,
	}
	sessions.SecondFactors, passkeys.Spare = factors, factors.Spare
	services := &services.Accounts{Store: own, Accounts: accounts, Now: time.Now}
	parts := graph.Parts{
		Clients: registry,
		Resolver: &graph.Resolver{
			Accounts:  accounts,
			Services:  services,
			Keys:      &apikey.Keys{Store: own, Accounts: accounts, Now: time.Now},
			Clients:   &clients.Clients{Store: own, Registry: registry, Documents: documents, Accounts: accounts, Services: services, Now: time.Now},
			Resources: &clients.Resources{Store: own, Registry: registry, Accounts: accounts, Now: time.Now},
			Grants:    &clients.Grants{Store: own},
			Sessions:  sessions,
			ByMail: &bymail.Desk{
				Rules: rules, Proofs: proofs, Store: own, Accounts: accounts, Sessions: sessions,
			},
			Passkeys: passkeys,
			Factors:  factors,
			Reauth:   &reauth.Reauthentication{Store: own, Sessions: sessions, Proofs: proofs, Factors: factors, ByMail: rules.Login},
		},
		Authenticator: &authn.Authenticator{Tokens: verified, Keys: keys, Callers: callers},
		Executor:      executor, Introspection: document.IntrospectionFull, Cookies: set.Cookies(), Log: d.Log, Now: time.Now,
	}
	return func(schema *ast.Schema) (http.Handler, error) {
		p := parts
		var err error
		if p.Policy, err = policy.Compile(schema, policy.Config{}); err != nil {
			return nil, err
		}
		h, err := graph.NewHandler(p)
		if err != nil {
			return nil, err
		}
		return h, nil
	}
}

// TestServiceConforms checks the service against its schema alone.
func TestServiceConforms(t *testing.T) {
	t.Parallel()
	s, w := startService(t)
	trials := w.trials()
	differ, reached := w.run(t, s.Handler(), trials, 20)
	for _, d := range differ {
		t.Error(d)
	}
	t.Logf("%d operations, %d trials", len(w.experiments), len(trials))
	// A disabled user has no session and no API key to list, a new one has no keys and has allowed
	// nothing, and a new password ends the sessions of applications. An account is made in one way only.
	absent := []string{
		"Mutation.acceptInvitation to ApiKey", "Mutation.acceptInvitation to Client", "Mutation.acceptInvitation to Grant",
		"Mutation.acceptInvitation to Passkey",
		"Mutation.acceptInvitation to Resource", "Mutation.acceptInvitation to ResourceScope",
		"Mutation.changePassword to Client", "Mutation.createServiceAccount to ApiKey", "Mutation.createServiceAccount to Client", "Mutation.createServiceAccount to Grant", "Mutation.createServiceAccount to Passkey",
		"Mutation.createServiceAccount to Resource", "Mutation.createServiceAccount to ResourceScope", "Mutation.createServiceAccount to Session",
		"Mutation.disableUser to ApiKey", "Mutation.disableUser to Client", "Mutation.disableUser to Session",
		"Mutation.finishRegistration to ApiKey", "Mutation.finishRegistration to AuthPayload", "Mutation.finishRegistration to Client",
		"Mutation.finishRegistration to Grant", "Mutation.finishRegistration to Passkey", "Mutation.finishRegistration to Resource", "Mutation.finishRegistration to ResourceScope",
		"Mutation.finishRegistration to Session", "Mutation.finishRegistration to User",
		"Mutation.login to Passkey", "Mutation.loginByEmail to Passkey", // a passkey asks for a challenge to be answered
		"Mutation.reauthenticate to Passkey", // and a password is not enough then
		"Mutation.register to ApiKey", "Mutation.register to Client", "Mutation.register to Grant", "Mutation.register to Passkey", "Mutation.register to Resource",
		"Mutation.register to ResourceScope", "Mutation.resetFactors to Client", "Mutation.resetFactors to Passkey", "Mutation.resetFactors to Session",
	}
	if left := w.unreached(reached); !testing.Short() && !slices.Equal(left, absent) {
		t.Errorf("not reached: %q", left)
	}
}

// TestServiceNeedsEachDirective removes each directive of the schema in turn. Some
// are redundant: changePassword and reauthenticate authenticate the caller that they require, and
// only who is authenticated is fresh or has factors.
func TestServiceNeedsEachDirective(t *testing.T) {
	t.Parallel()
	s, w := startService(t)
	redundant := append(provedAnyway(w.schema), "Mutation.changePassword @authenticates", "Mutation.reauthenticate @authenticates")
	w.mutants(t, graph.SDL(), redundant, s.starter(t, graph.ExecutorDirect))
}
