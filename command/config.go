package command

import (
	"context"

	"gatehouse/command/terminal"
	"gatehouse/graph"
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
	return c.Answer(e.Terminal, list, table.Flush)
}
