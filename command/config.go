package main

import (
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"
	"github.com/joho/godotenv"
)

// configCommands look at the settings.
type configCommands struct {
	Check configCheck `cmd:"" help:"Read the settings and print what they come to, without secrets. The exit status is 1 if they can't be used."`
}

type configCheck struct{}

// Run prints the settings as the service would use them, and where each comes from. It does not touch the database.
func (configCheck) Run(t *session) error {
	s, err := t.settings()
	if err != nil {
		return err
	}
	if _, err := s.documents(); err != nil {
		return err
	}
	if warning := s.uselessExplorer(); warning != "" {
		t.note("%s", warning)
	}
	rows := columns(t.stdout)
	_, _ = fmt.Fprintln(rows, "SETTING\tFROM\tVALUE")
	from, values := t.origins(), reflect.ValueOf(*s)
	for i := range values.NumField() {
		name := values.Type().Field(i).Tag.Get("env")
		origin := from[name]
		if origin == "" {
			origin = "default"
		}
		_, _ = fmt.Fprintf(rows, "%s\t%s\t%s\n", name, origin, shown(name, values.Field(i).Interface()))
	}
	return rows.Flush()
}

// origins says of each setting that has a value where it comes from. Both places are readable by then: the settings were read from them.
func (t *session) origins() map[string]string {
	from := map[string]string{}
	file, _ := godotenv.Read(t.dotenv)
	for name, value := range file {
		if value != "" {
			from[name] = t.dotenv
		}
	}
	for name, value := range env.ToMap(t.environ) {
		if value != "" {
			from[name] = "environment"
		}
	}
	return from
}

// shown is a value as it may be seen: of a secret only whether there is one.
func shown(name string, value any) string {
	text := fmt.Sprint(value)
	switch v := value.(type) {
	case time.Duration:
		text = shortDuration(v)
	case []string:
		text = strings.Join(v, ",")
	}
	switch {
	case text == "":
		return "-"
	case isSecret(name):
		return "(set)"
	}
	return printable(text)
}

// isSecret reports whether a setting's value must not be seen, by the names that secrets have. A database's address holds its password.
func isSecret(name string) bool {
	return strings.HasSuffix(name, "_URL") && name != "PUBLIC_URL" ||
		strings.HasSuffix(name, "_PASSWORD") || strings.HasSuffix(name, "_KEY") || strings.Contains(name, "SECRET")
}

// shortDuration is a duration without the units that are zero: 15m instead of 15m0s.
func shortDuration(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}
