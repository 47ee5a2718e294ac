package command_test

import (
	"database/sql"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"gatehouse/store/storetest"
	"gatehouse/test/harness"
)

// firefox is the User-Agent of a browser.
const firefox = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0"

// A serviceState is the service of a transcript and the sessions opened there.
type serviceState struct {
	t        testing.TB
	client   *harness.Client
	handler  http.Handler // of a service in this process
	sessions map[string]harness.Session
	clock    *storetest.Clock // of a database that has its own; else nil
}

type stateKey struct{}

func stateOf(ts *testscript.TestScript) *serviceState { return ts.Value(stateKey{}).(*serviceState) }

// database makes a database and the settings to use it: database [empty|clocked].
// A clocked one is empty, too, and has a clock that can be set.
func database(ts *testscript.TestScript, _ bool, args []string) {
	state := stateOf(ts)
	var dsn string
	switch {
	case len(args) == 0:
		dsn = storetest.DSN(state.t)
	case args[0] == "clocked":
		dsn, state.clock = storetest.Clocked(state.t)
	default:
		dsn = storetest.EmptyDSN(state.t)
	}
	ts.Setenv("DATABASE_URL", dsn)
	ts.Setenv("PUBLIC_URL", "http://localhost:8080")
	ts.Setenv("SECRET_KEY", harness.SecretKey)
}

// setClock sets how far the database's clock is ahead: clock DURATION.
func setClock(ts *testscript.TestScript, _ bool, args []string) {
	ahead, err := time.ParseDuration(args[0])
	ts.Check(err)
	stateOf(ts).clock.Set(ahead)
}

// execSQL runs a statement on the database, for what no command does any more: sql
// STATEMENT [VALUE...].
func execSQL(ts *testscript.TestScript, _ bool, args []string) {
	db, err := sql.Open("postgres", ts.Getenv("DATABASE_URL"))
	ts.Check(err)
	defer func() { _ = db.Close() }()
	values := make([]any, len(args)-1)
	for i, v := range args[1:] {
		values[i] = v
	}
	_, err = db.ExecContext(stateOf(ts).t.Context(), args[0], values...)
	ts.Check(err)
}

// serve starts a service on the database: serve.
func serve(ts *testscript.TestScript, _ bool, _ []string) {
	state := stateOf(ts)
	service := harness.StartOn(state.t, ts.Getenv("DATABASE_URL"))
	state.client, state.handler = service.Client, service.Handler()
}

// folder sets a variable to an empty folder that every user may enter, such as
// the one that a database of root runs as: folder NAME.
func folder(ts *testscript.TestScript, _ bool, args []string) {
	ts.Setenv(args[0], harness.Folder(stateOf(ts).t))
}

// launch starts the program with a database of its own in a folder: launch
// FOLDER.
func launch(ts *testscript.TestScript, _ bool, args []string) {
	state := stateOf(ts)
	state.client = harness.Launch(state.t, args[0]).Client
}

// register creates an account: register NAME EMAIL PASSWORD [IP USER-AGENT].
// NAME stands for the session. It sets NAME_ID and NAME_SESSION to the ids, and
// writes the tokens to the files NAME.access and NAME.refresh.
func register(ts *testscript.TestScript, _ bool, args []string) {
	input := harness.Vars{"email": args[1], "password": args[2]}
	keepSession(ts, args[0], "register", from(ts, args[3:]).Ask(stateOf(ts).t, "", harness.RegisterOperation, harness.Vars{"input": input}))
}

// login logs in, as register does: [!] login NAME EMAIL PASSWORD [IP USER-AGENT].
// With ! the credentials must be wrong.
func login(ts *testscript.TestScript, neg bool, args []string) {
	input := harness.Vars{"email": args[1], "password": args[2]}
	reply := from(ts, args[3:]).Ask(stateOf(ts).t, "", harness.LoginOperation, harness.Vars{"input": input})
	if !neg {
		keepSession(ts, args[0], "login", reply)
	} else if reply.Code() != "INVALID_CREDENTIALS" {
		ts.Fatalf("%s", reply.Body)
	}
}

// refresh refreshes a session: [!] refresh NAME [IP USER-AGENT]. With ! its
// refresh token must be invalid.
func refresh(ts *testscript.TestScript, neg bool, args []string) {
	variables := harness.Vars{"token": stateOf(ts).sessions[args[0]].Refresh}
	reply := from(ts, args[1:]).Ask(stateOf(ts).t, "", harness.RefreshOperation, variables)
	if !neg {
		keepSession(ts, args[0], "refresh", reply)
	} else if reply.Code() != "REFRESH_TOKEN_INVALID" {
		ts.Fatalf("%s", reply.Body)
	}
}

func keepSession(ts *testscript.TestScript, name, field string, reply harness.Reply) {
	state := stateOf(ts)
	session := reply.Must(state.t).Session(field)
	state.sessions[name] = session
	viewer := state.client.Ask(state.t, session.Access, `{ viewer { sessionId } }`, nil).Must(state.t)
	ts.Setenv(name+"_ID", session.UserID)
	ts.Setenv(name+"_SESSION", viewer.Text("viewer.sessionId"))
	ts.Check(os.WriteFile(ts.MkAbs(name+".access"), []byte(session.Access), 0o600))
	ts.Check(os.WriteFile(ts.MkAbs(name+".refresh"), []byte(session.Refresh), 0o600))
}

// ask sends an operation with a session: ask NAME QUERY [CODE]. The answer must
// have the error code, or succeed without one. It has some seconds for that: a
// service applies the change of another process within one.
func ask(ts *testscript.TestScript, _ bool, args []string) {
	state, code := stateOf(ts), append(args, "")[2]
	reply := harness.Reply{}
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		reply = state.client.Ask(state.t, state.sessions[args[0]].Access, args[1], nil)
		if reply.Code() == code {
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("code %q, want %q: %s", reply.Code(), code, reply.Body)
		}
	}
}

// keyed keeps an API key under the name of a session: keyed NAME KEY. It writes the key to
// the file NAME.key.
func keyed(ts *testscript.TestScript, _ bool, args []string) {
	stateOf(ts).sessions[args[0]] = harness.Session{Access: args[1]}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]+".key"), []byte(args[1]), 0o600))
}

// active checks that the access token of a session works now: active NAME. With
// ! neither its access token nor its refresh token may work.
func active(ts *testscript.TestScript, neg bool, args []string) {
	state := stateOf(ts)
	session := state.sessions[args[0]]
	reply := state.client.Ask(state.t, session.Access, harness.MeOperation, nil)
	if !neg {
		reply.Want(state.t, "")
		return
	}
	reply.WantReason(state.t, "UNAUTHENTICATED", "session_ended")
	if reply.Status != http.StatusUnauthorized || reply.Header.Get("WWW-Authenticate") == "" || reply.Data != nil {
		state.t.Errorf("it answers %d %s", reply.Status, reply.Body)
	}
	state.client.Ask(state.t, "", harness.RefreshOperation, harness.Vars{"token": session.Refresh}).Want(state.t, "REFRESH_TOKEN_INVALID")
}

// from returns a client of the service, with an address and a browser if they
// are given. The browser may have Go's escapes.
func from(ts *testscript.TestScript, args []string) *harness.Client {
	state := stateOf(ts)
	if len(args) == 0 {
		return state.client
	}
	browser := unescape(ts, args[1])
	return &harness.Client{URL: state.client.URL, HTTP: &http.Client{Transport: sender{state.handler, args[0], browser}}}
}

// A sender sends requests from an address, without a network.
type sender struct {
	to      http.Handler
	ip      string
	browser string
}

// RoundTrip implements [http.RoundTripper].
func (s sender) RoundTrip(request *http.Request) (*http.Response, error) {
	request = request.Clone(request.Context())
	request.RemoteAddr = net.JoinHostPort(s.ip, "4711")
	request.Header.Set("User-Agent", s.browser)
	answer := httptest.NewRecorder()
	s.to.ServeHTTP(answer, request)
	return answer.Result(), nil
}
