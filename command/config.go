package command

import (
	"context"

	"gatehouse/graph"
	"gatehouse/settings"
)

// configCommands inspect the settings.
type configCommands struct {
	Check configCheck `cmd:"" help:"Read the settings and print what the service would use, without secrets. The exit status is 1 if they are invalid."`
}

type configCheck struct{}

// Run prints the settings and where each comes from. It does not open the
// database.
func (configCheck) Run(_ context.Context, e *Env) error {
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
	for _, setting := range s.List() {
		table.Row(setting.Name, setting.From, setting.Value)
	}
	return table.Flush()
}
