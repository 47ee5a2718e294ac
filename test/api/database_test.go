package api_test

import (
	"context"
	"database/sql"
	"fmt"
	"regexp"
	"slices"
	"sync"
	"testing"
	"time"

	"gatehouse/auth/apikey"
	"gatehouse/store/storetest"
	"gatehouse/test/harness"
)

// database opens a service's database, for what the service does not do itself.
func database(t *testing.T, dsn string) func(statement string, args ...any) {
	t.Helper()
	db, err := sql.Open("postgres", dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return func(statement string, args ...any) {
		t.Helper()
		if _, err := db.ExecContext(t.Context(), statement, args...); err != nil {
			t.Fatal(err)
		}
	}
}

// Every time in an answer is in UTC, whatever time zone the database and this process
// have.
func TestTimesOfAnswersAreInUTC(t *testing.T) {
	local := time.Local
	time.Local = time.FixedZone("here", -5*60*60)
	t.Cleanup(func() { time.Local = local })
	const account = `{ createdAt updatedAt lastLoginAt sessions { createdAt lastUsedAt expiresAt } }`
	for _, zone := range []string{"America/New_York", "Asia/Kathmandu", "UTC"} {
		dsn := storetest.EmptyDSN(t)
		change := database(t, dsn)
		change(`DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET timezone = ''` + zone + `''', current_database()); END $$`)
		s := harness.StartOn(t, dsn, append(nowhere(), "REFRESH_REPLAY_WINDOW=0s", "LOGIN_METHODS=password,email")...)
		registered := s.Ask(t, "", `mutation($input: RegisterInput!) { register(input: $input) { accessToken refreshToken user `+account+` } }`,
			harness.Credentials(harness.AdaEmail, harness.AdaPassword)).Must(t)
		admin, ada := s.Admin(t).Access, registered.Session("register")
		id := s.Ask(t, ada.Access, `{ me { id } }`, nil).Must(t).Text("me.id")
		key := s.Ask(t, ada.Access, `mutation { createApiKey(input: {name: "a key", scopes: []}) { apiKey { id createdAt expiresAt } } }`, nil)
		if err := s.Store().MarkAPIKeysUsed(t.Context(), []apikey.Use{{ID: key.Must(t).Text("createApiKey.apiKey.id"), At: time.Now()}}); err != nil {
			t.Fatal(err)
		}
		const client = `{ client { id createdAt updatedAt secretCreatedAt } }`
		created := s.Ask(t, admin, `mutation { createClient(input: {name: "Wiki", redirectUris: ["https://wiki.example.com"]}) `+client+` }`, nil)
		change(`INSERT INTO grants (user_id, client_id, scopes) VALUES ($1, $2, '{openid}')`, id, created.Must(t).Text("createClient.client.id"))
		carl := s.Register(t, "carl@example.com", harness.AdaPassword)
		change(`INSERT INTO passkeys (id, user_id, rp_id, credential_id, public_key, sign_count, backup_eligible, backed_up, transports, name, created_at, last_used_at)
			SELECT gen_random_uuid(), id, 'localhost', '\x01', '\x01', 0, false, false, '{}', 'Phone', now(), now() FROM users WHERE email = 'carl@example.com'`)
		begun := s.Ask(t, carl.Access, `mutation { beginTotp { expiresAt } }`, nil)
		ceremony := s.Ask(t, carl.Access, `mutation { beginPasskey { expiresAt } }`, nil)
		change(`UPDATE users SET factors = 1, factor_login_at = last_login_at WHERE email = 'carl@example.com'`)
		challenged := s.Ask(t, "", harness.LoginOperation, harness.Credentials("carl@example.com", harness.AdaPassword))
		answers := map[string]harness.Reply{
			"app": begun, "ceremony": ceremony,
			"passkeys": s.Ask(t, carl.Access, `{ me { passkeys { createdAt lastUsedAt } } }`, nil),
			"challenge": s.Ask(t, "", `query($token: String!) { challenge(token: $token) { expiresAt } }`,
				harness.Vars{"token": challenged.Challenge(t)}),
			"register": registered,
			"client":   created,
			"clients":  s.Ask(t, admin, `{ clients { nodes { createdAt updatedAt secretCreatedAt } } }`, nil),
			"grants":   s.Ask(t, ada.Access, `{ me { grants { createdAt lastUsedAt } } }`, nil),
			"a key":    key,
			"keys":     s.Ask(t, ada.Access, `{ me { apiKeys { createdAt expiresAt lastUsedAt } } }`, nil),
			"login": s.Ask(t, "", `mutation($input: LoginInput!) { login(input: $input) { user `+account+` } }`,
				harness.Credentials(harness.AdaEmail, harness.AdaPassword)),
			"refresh": s.Ask(t, "", `mutation($token: String) { refresh(refreshToken: $token) { accessToken user `+account+` } }`,
				harness.Vars{"token": ada.Refresh}),
			"invite":        s.Ask(t, admin, `mutation { invite(input: {email: "bob@example.com"}) { createdAt expiresAt } }`, nil),
			"invitations":   s.Ask(t, admin, `{ invitations { createdAt expiresAt } }`, nil),
			"request login": s.Ask(t, "", `mutation { requestLogin(email: "bob@example.com") { expiresAt } }`, nil),
			"viewer":        s.Ask(t, ada.Access, `{ viewer { authenticatedAt expiresAt } }`, nil),
			"me":            s.Ask(t, ada.Access, `{ me `+account+` }`, nil),
			"user":          s.Ask(t, admin, `query($id: ID!) { user(id: $id) `+account+` }`, harness.Vars{"id": id}),
			"users":         s.Ask(t, admin, `{ users { edges { node { createdAt updatedAt lastLoginAt } } } }`, nil),
			"update":        s.Ask(t, admin, `mutation($id: ID!) { updateUser(id: $id, input: {name: "Ada"}) `+account+` }`, harness.Vars{"id": id}),
			"disable":       s.Ask(t, admin, `mutation($id: ID!) { disableUser(id: $id) `+account+` }`, harness.Vars{"id": id}),
			"enable":        s.Ask(t, admin, `mutation($id: ID!) { enableUser(id: $id) `+account+` }`, harness.Vars{"id": id}),
		}
		times := regexp.MustCompile(`"[a-zA-Z]+":"(20\d\d-\d\d-\d\dT[^"]*)"`)
		for name, r := range answers {
			found := times.FindAllStringSubmatch(r.Must(t).Body, -1)
			if len(found) == 0 {
				t.Errorf("%s, %s: no times: %s", zone, name, r.Body)
			}
			for _, f := range found {
				if at, err := time.Parse("2006-01-02T15:04:05.999999999Z", f[1]); err != nil || time.Until(at) < -time.Hour {
					t.Errorf("%s, %s: %s is not a time in UTC: %v", zone, name, f[0], err)
				}
			}
		}
	}
	fields := []string{
		"ApiKey.createdAt", "ApiKey.expiresAt", "ApiKey.lastUsedAt", "Challenge.expiresAt", "Client.createdAt", "Client.secretCreatedAt", "Client.updatedAt",
		"Grant.createdAt", "Grant.lastUsedAt", "Invitation.createdAt", "Invitation.expiresAt", "LoginRequest.expiresAt",
		"Passkey.createdAt", "Passkey.lastUsedAt", "PasskeyCeremony.expiresAt",
		"Session.createdAt", "Session.expiresAt", "Session.lastUsedAt", "TotpSecret.expiresAt",
		"User.createdAt", "User.lastLoginAt", "User.updatedAt", "Viewer.authenticatedAt", "Viewer.expiresAt",
	}
	if all := timeFields(t); !slices.Equal(all, fields) {
		t.Errorf("fields with a time are %v; the test asks for %v", all, fields)
	}
}

// timeFields are the fields of the schema that have a time, sorted.
func timeFields(t *testing.T) (names []string) {
	t.Helper()
	r := harness.Start(t).Ask(t, "", `{ __schema { types { name fields { name type { name ofType { name } } } } } }`, nil).Must(t)
	types, _ := r.At("__schema.types").([]any)
	for _, object := range types {
		o, _ := object.(map[string]any)
		fields, _ := o["fields"].([]any)
		for _, field := range fields {
			f, _ := field.(map[string]any)
			if regexp.MustCompile(`name:Time\b`).MatchString(fmt.Sprint(f["type"])) {
				names = append(names, fmt.Sprint(o["name"], ".", f["name"]))
			}
		}
	}
	slices.Sort(names)
	return names
}

// While a newer release changes the types of columns under this one, no answer is
// INTERNAL.
func TestColumnsChangeUnderLoad(t *testing.T) {
	const steps = 6
	dsn := storetest.EmptyDSN(t)
	change := database(t, dsn)
	s := harness.StartOn(t, dsn)
	ada := s.Register(t, harness.AdaEmail, harness.AdaPassword)
	operations := []struct {
		token, query string
	}{
		{ada.Access, `{ me { id email name roles createdAt lastLoginAt sessions { id device ip lastUsedAt current } } }`},
		{ada.Access, `mutation($id: ID!) { updateUser(id: $id, input: {name: "Ada"}) { name updatedAt } }`},
		{ada.Access, `query($id: ID!) { user(id: $id) { email } }`},
		{"", `query($id: ID!) { user(id: $id) { email } }`},
	}
	ctx, stop := context.WithCancel(t.Context())
	var workers sync.WaitGroup
	defer workers.Wait()
	defer stop()
	for _, o := range operations {
		workers.Go(func() {
			for ctx.Err() == nil {
				r, err := s.Do(t.Context(), harness.Bearer(o.token), harness.Body(o.query, harness.Vars{"id": ada.UserID}))
				if want := map[bool]string{true: "UNAUTHENTICATED"}[o.token == ""]; err != nil || r.Code() != want {
					t.Errorf("%s: %v, %s", o.query, err, r.Body)
				}
			}
		})
	}
	for step := range steps {
		text, at := "text", "timestamptz"
		if step%2 == 0 {
			text, at = "varchar(600)", "timestamptz(3)"
		}
		change(`ALTER TABLE users ALTER email TYPE ` + text + `, ALTER name TYPE ` + text + `, ALTER last_login_at TYPE ` + at)
		change(`ALTER TABLE sessions ALTER user_agent TYPE ` + text + `, ALTER refreshed_at TYPE ` + at)
		s.Ask(t, "", harness.RefreshOperation, harness.Vars{"token": s.Login(t, harness.AdaEmail, harness.AdaPassword).Refresh}).Must(t)
	}
}
