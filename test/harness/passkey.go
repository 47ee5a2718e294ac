package harness

import (
	"testing"

	"gatehouse/test/passkeytest"
)

// The operations of passkeys.
const (
	BeginPasskeyOperation      = `mutation { beginPasskey { ceremony options expiresAt } }`
	AddPasskeyOperation        = `mutation($input: AddPasskeyInput!) { addPasskey(input: $input) { id name createdAt lastUsedAt backedUp suspended } }`
	BeginPasskeyLoginOperation = `mutation { beginPasskeyLogin { ceremony options expiresAt } }`
	PasskeyLoginOperation      = `mutation($input: PasskeyAnswer!) { loginWithPasskey(input: $input) { accessToken refreshToken user { id } } }`
)

// AddPasskey adds a passkey of the device to the caller's account, and returns its id.
func (c *Client) AddPasskey(t testing.TB, token string, d *passkeytest.Device) string {
	t.Helper()
	begun := c.Ask(t, token, BeginPasskeyOperation, nil).Must(t)
	return c.Ask(t, token, AddPasskeyOperation, Vars{"input": Vars{
		"ceremony": begun.Text("beginPasskey.ceremony"), "credential": d.Create(t, begun.At("beginPasskey.options")), "name": "Phone",
	}}).Must(t).Text("addPasskey.id")
}

// AnswerPasskey begins a log-in, and returns what the device answers.
func (c *Client) AnswerPasskey(t testing.TB, d *passkeytest.Device) Vars {
	t.Helper()
	begun := c.Ask(t, "", BeginPasskeyLoginOperation, nil).Must(t)
	return Vars{"ceremony": begun.Text("beginPasskeyLogin.ceremony"), "credential": d.Get(t, begun.At("beginPasskeyLogin.options"))}
}

// LoginWithPasskey logs in with a passkey of the device.
func (c *Client) LoginWithPasskey(t testing.TB, d *passkeytest.Device) Session {
	t.Helper()
	return c.Ask(t, "", PasskeyLoginOperation, Vars{"input": c.AnswerPasskey(t, d)}).Must(t).Session("loginWithPasskey")
}
