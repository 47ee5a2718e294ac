package command_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"sync/atomic"

	"github.com/rogpeppe/go-internal/testscript"

	"gatehouse/test/harness"
)

// provide starts a service with OAuth on the database, and sets PUBLIC_URL to its address: provide.
func provide(ts *testscript.TestScript, _ bool, _ []string) {
	state := stateOf(ts)
	var handler atomic.Pointer[http.Handler]
	entry := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { (*handler.Load()).ServeHTTP(w, r) }))
	state.t.Cleanup(entry.Close)
	ts.Setenv("PUBLIC_URL", entry.URL)
	service := harness.StartOn(state.t, ts.Getenv("DATABASE_URL"), "OAUTH=on", "PUBLIC_URL="+entry.URL)
	served := service.Handler()
	handler.Store(&served)
	state.client, state.handler = &harness.Client{URL: entry.URL}, served
}

// consent has a person allow an application, twice: consent NAME EMAIL PASSWORD. It writes a code
// that is not used to the file NAME.code, the tokens for the other to NAME.access, NAME.refresh and
// NAME.id, and the cookie of the sign-in page to NAME.signin.
func consent(ts *testscript.TestScript, _ bool, args []string) {
	state := stateOf(ts)
	app := state.client.Application(state.t, nil)
	person := harness.NewBrowser(state.t, args[1], args[2])
	request := app.AuthorizeURL(state.client.URL, "openid email offline_access")
	reply, err := state.client.Redeem(state.t.Context(), app, person.Code(state.t, request, harness.Callback))
	reply.Must(state.t, err)
	for kind, text := range map[string]string{
		"code": person.Code(state.t, request, harness.Callback), "access": reply.Access, "refresh": reply.Refresh, "id": reply.IDToken,
		"signin": person.Cookie(state.t, state.client.URL, "gatehouse-signin"),
	} {
		ts.Check(os.WriteFile(ts.MkAbs(args[0]+"."+kind), []byte(text), 0o600))
	}
}
