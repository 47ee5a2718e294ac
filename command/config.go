package command

import (
	"context"
	"errors"

	"gatehouse/command/terminal"
	"gatehouse/graph"
	"gatehouse/oauth"
	"gatehouse/settings"
)

// configCommands inspect the settings.
type configCommands struct {
	Check configCheck `cmd:"" help:"Read the settings and print what the service would use, without secrets. The exit status is 1 if they are invalid."`
}

type configCheck struct{ terminal.JSONFlag }

// A settingJSON is a setting in the array that config check --json prints.
type settingJSON struct {
	Name  string `json:"name"`
	From  string `json:"from"`
	Value string `json:"value"`
}

// Run prints the settings and where each comes from. It does not open the
// database.
func (c configCheck) Run(_ context.Context, e *Env) error {
	s, err := settings.Read(e.Environ, e.Dotenv)
	if err != nil {
		return err
	}
	schema, err := graph.Policy(nil)
	if err != nil {
		return err
	}
	if _, err := s.Documents(schema); err != nil {
		return err
	}
	for _, warning := range s.Warnings() {
		e.Terminal.Warnf("%s", warning)
	}
	table := e.Terminal.Table("SETTING", "FROM", "VALUE")
	var list []settingJSON
	for _, setting := range s.List() {
		table.Row(setting.Name, setting.From, setting.Value)
		list = append(list, settingJSON(setting))
	}
	return c.Answer(e.Terminal, list, func() error {
		err := table.Flush()
		if s.OAuth.On {
			err = errors.Join(err, printEndpoints(e.Terminal, s.Issuer()))
		}
		return err
	})
}

// printEndpoints prints where applications reach the endpoints of OAuth.
func printEndpoints(t *terminal.Terminal, issuer string) error {
	table := t.Table("ENDPOINT", "URL")
	for _, endpoint := range []struct{ name, path string }{
		{"issuer", ""},
		{"metadata", oauth.ConfigurationPath},
		{"authorization", oauth.AuthorizePath},
		{"pushed authorization request", oauth.PushPath},
		{"token", oauth.TokenPath},
		{"revocation", oauth.RevokePath},
		{"introspection", oauth.IntrospectPath},
		{"userinfo", oauth.UserinfoPath},
		{"end session", oauth.LogoutPath},
		{"protected resource metadata", oauth.ResourcePath},
	} {
		table.Row(endpoint.name, issuer+endpoint.path)
	}
	return errors.Join(t.Printf(""), table.Flush())
}
