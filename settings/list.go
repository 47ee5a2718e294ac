package settings

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"gatehouse/auth/token"
)

// A Setting is a setting as people may see it.
type Setting struct {
	Name  string
	From  string // "default", "environment", the name of the file, or of the setting that says it
	Value string // "-" if it is not set, "(set)" for a secret
}

// List returns every setting, in the order of the README's table.
func (s *Settings) List() []Setting {
	var all []Setting
	for field, value := range fields(reflect.ValueOf(*s)) {
		name := field.Tag.Get("env")
		from := s.from[name]
		if from == "" {
			from = "default"
		}
		all = append(all, Setting{Name: name, From: from, Value: shown(name, value.Interface())})
	}
	return all
}

// Warnings returns what is allowed and is probably a mistake.
func (s *Settings) Warnings() []string {
	all := append(slices.Clone(s.warnings), s.uselessExplorer(), s.unusualPublicURL(), s.noPasskeys())
	return slices.DeleteFunc(all, func(warning string) bool { return warning == "" })
}

// shown returns a value as people may see it.
func shown(name string, value any) string {
	switch text := text(value); {
	case text == "":
		return "-"
	case secretName(name):
		return "(set)"
	default:
		return text
	}
}

// text returns a value in the form in which it is set, "" if it is not.
func text(value any) string {
	if v := reflect.ValueOf(value); v.Kind() == reflect.Pointer && v.IsNil() {
		return ""
	}
	switch v := value.(type) {
	case bool:
		if v {
			return "on"
		}
		return "off"
	case time.Duration:
		return shortDuration(v)
	case *token.Secret:
		return "(set)"
	default:
		return fmt.Sprint(v)
	}
}

// secretName reports whether a setting with this name holds a secret. The URL
// of a database holds its password.
func secretName(name string) bool {
	return strings.HasSuffix(name, "_URL") && name != "PUBLIC_URL" && name != "ACCOUNT_URL" ||
		strings.HasSuffix(name, "_PASSWORD") || strings.HasSuffix(name, "_KEY") || strings.Contains(name, "SECRET")
}

// shortDuration formats a duration without the units that are zero: 15m
// instead of 15m0s.
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
