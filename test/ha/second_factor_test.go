//go:build linux

package ha_test

import (
	"testing"

	"gatehouse/store/storetest"
	"gatehouse/test/harness"
	"gatehouse/test/harness/process"
)

// TestSecondFactorAcrossReleases: a replica of the previous release, which knows no second factors,
// lets in no account that has one, while others log in there as before.
func TestSecondFactorAcrossReleases(t *testing.T) {
	if !*long {
		t.Skip("run go test ./test/ha -timeout 1h -long")
	}
	environ := harness.Environ(storetest.EmptyDSN(t), "LOG_LEVEL=warn")
	launch := func(program string) *harness.Client {
		p, err := process.Launch(t.Context(), process.Config{Program: program, Dir: harness.Folder(t), Environ: environ})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(p.Kill)
		return &harness.Client{URL: p.URL}
	}
	old := launch(previousRelease(t))
	ada := old.Register(t, harness.AdaEmail, harness.AdaPassword)
	now := launch(harness.Program(t, "gatehouse"))
	now.Register(t, "bob@example.com", harness.AdaPassword)
	old.Login(t, harness.AdaEmail, harness.AdaPassword)
	now.SetUpTOTP(t, ada) // in a session that the previous release opened
	right, wrong := harness.Credentials(harness.AdaEmail, harness.AdaPassword), harness.Credentials(harness.AdaEmail, "not the password")
	for range 3 {
		if r := old.Ask(t, "", harness.LoginOperation, right); r.Code() != "INTERNAL" || r.At("login") != nil {
			t.Errorf("the previous release answers %s", r.Body)
		}
		old.Ask(t, "", harness.LoginOperation, wrong).Want(t, "INVALID_CREDENTIALS")
		now.Ask(t, "", harness.LoginOperation, right).Challenge(t)
		old.Login(t, "bob@example.com", harness.AdaPassword)
	}
	old.Refresh(t, ada.Refresh) // sessions of before go on
}
