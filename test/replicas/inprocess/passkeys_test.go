package inprocess_test

import (
	"log/slog"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/server"
	"gatehouse/settings"
	"gatehouse/store/storetest"
	"gatehouse/test/harness"
	"gatehouse/test/passkeytest"
)

const passkeyLogin = "LOGIN_METHODS=password,passkey"

// TestOnePasskeyAnswerAtTwoReplicas sends one answer to two replicas, many times at once: it
// logs in once.
func TestOnePasskeyAnswerAtTwoReplicas(t *testing.T) {
	dsn, d := storetest.DSN(t), passkeytest.New("http://localhost:8080")
	replicas := []*harness.Service{harness.StartOn(t, dsn, passkeyLogin), harness.StartOn(t, dsn, passkeyLogin)}
	ada := replicas[0].Register(t, harness.AdaEmail, harness.AdaPassword)
	replicas[0].AddPasskey(t, ada.Access, d)
	for round := range 3 {
		answer := replicas[round%2].AnswerPasskey(t, d)
		if n := answered(t, replicas, func(int) harness.Vars { return answer }, "PROOF_INVALID"); n != 1 {
			t.Errorf("%d sessions are opened", n)
		}
	}
	replicas[1].LoginWithPasskey(t, d)
}

// TestOneCountAtTwoReplicas lets many copies of a device answer at once, each its own ceremony: one
// logs in, and no one does afterwards.
func TestOneCountAtTwoReplicas(t *testing.T) {
	dsn, d := storetest.DSN(t), passkeytest.New("http://localhost:8080")
	replicas := []*harness.Service{harness.StartOn(t, dsn, passkeyLogin), harness.StartOn(t, dsn, passkeyLogin)}
	ada := replicas[0].Register(t, harness.AdaEmail, harness.AdaPassword)
	replicas[0].AddPasskey(t, ada.Access, d)
	answers := make([]harness.Vars, atOnce)
	for i := range answers {
		answers[i] = replicas[i%2].AnswerPasskey(t, d.Copy())
	}
	if n := answered(t, replicas, func(i int) harness.Vars { return answers[i] }, "INVALID_CREDENTIALS"); n != 1 {
		t.Errorf("%d copies log in", n)
	}
	d.Keys[0].Count = 100
	for _, s := range replicas {
		s.Ask(t, "", harness.PasskeyLoginOperation, harness.Vars{"input": s.AnswerPasskey(t, d)}).Want(t, "INVALID_CREDENTIALS")
	}
}

// atOnce is how many answers are sent at once.
const atOnce = 50

// answered sends answers to the replicas at once, and returns how many log in. The others get the
// code.
func answered(t *testing.T, replicas []*harness.Service, answer func(i int) harness.Vars, code string) int32 {
	t.Helper()
	var accepted atomic.Int32
	harness.Together(atOnce, func(i int) {
		r, err := replicas[i%2].Do(t.Context(), nil, harness.Body(harness.PasskeyLoginOperation, harness.Vars{"input": answer(i)}))
		switch {
		case err != nil:
			t.Error(err)
		case r.Code() == "":
			accepted.Add(1)
		case r.Code() != code:
			t.Errorf("code = %q: %s", r.Code(), r.Body)
		}
	})
	return accepted.Load()
}

// TestLostPasskeys: a service whose domain has changed does not start, unless it is told to.
func TestLostPasskeys(t *testing.T) {
	dsn, d := storetest.DSN(t), passkeytest.New("http://localhost:8080")
	s := harness.StartOn(t, dsn, passkeyLogin)
	s.AddPasskey(t, s.Register(t, harness.AdaEmail, harness.AdaPassword).Access, d)
	s.Close()
	start := func(environ ...string) error {
		t.Helper()
		read, err := settings.Read(harness.Environ(dsn, environ...), os.DevNull)
		if err != nil {
			t.Fatal(err)
		}
		srv, err := server.New(t.Context(), read, slog.New(slog.DiscardHandler), time.Now)
		if err == nil {
			srv.Close()
		}
		return err
	}
	const moved = "PUBLIC_URL=http://id.localhost:8080"
	if err := start(moved); err == nil || !strings.Contains(err.Error(), "1 passkeys are for the domain localhost") ||
		!strings.Contains(err.Error(), "--accept-lost-passkeys") {
		t.Errorf("error = %v", err)
	}
	if err := start(moved, "PASSKEY_RP_ID=localhost"); err != nil {
		t.Error(err)
	}
	if err := start(); err != nil {
		t.Error(err)
	}
}
