package settings

import (
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
	"github.com/caarlos0/env/v11"
	"github.com/joho/godotenv"
)

// ownPrefixes are prefixes of names that no other program uses. A variable with
// such a prefix that is not a setting is a mistake.
var ownPrefixes = []string{
	"ACCESS_TOKEN_", "REFRESH_", "SESSION_", "SESSIONS_", "JWT_", "LIMIT_", "CORS_", "PASSWORD_", "POLICY_",
	"RATE_LIMIT", "SECRET_KEY", "TRUSTED_", "AUTOMATIC_PERSISTED_",
}

// faults are everything that is wrong with the settings.
type faults []string

// Error lists the faults, one on each line.
func (f faults) Error() string {
	return "invalid settings:\n  " + strings.Join(f, "\n  ")
}

// Read parses the settings in environ, lines of the form NAME=value, and for
// those it lacks the file dotenv. An empty value counts as unset. The error
// lists every fault.
func Read(environ []string, dotenv string) (*Settings, error) {
	c := &checker{s: defaults(), failed: map[string]bool{}}
	file, err := godotenv.Read(dotenv)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		c.faults = append(c.faults, dotenv+" can't be read: write lines of the form NAME=value")
	}
	environment := env.ToMap(environ)
	c.unknown(file, environment, dotenv)
	values := c.merge(file, environment, dotenv)
	c.unreadable(env.ParseWithOptions(c.s, env.Options{Environment: values, FuncMap: parsers}))
	c.check()
	c.checkTraces(environment)
	if len(c.faults) > 0 {
		return nil, c.faults
	}
	c.s.complete()
	return c.s, nil
}

// unknown finds names that are not settings: any in the file, and in the
// environment those with a prefix of ours.
func (c *checker) unknown(file, environment map[string]string, dotenv string) {
	known := names()
	for _, name := range slices.Sorted(maps.Keys(file)) {
		switch {
		case slices.Contains(known, name):
		case strings.HasPrefix(name, "OTEL_"): // the SDK reads it, and reads no file
			c.faults.add("%s: %s is not read from a file; set it in the environment", dotenv, name)
		default:
			c.faults.add("%s: %s is not a setting%s", dotenv, name, closest(name, known))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(environment)) {
		ours := slices.ContainsFunc(ownPrefixes, func(prefix string) bool { return strings.HasPrefix(name, prefix) })
		if ours && !slices.Contains(known, name) {
			c.faults.add("%s is not a setting%s", name, closest(name, known))
		}
	}
}

// merge returns the values that are set, and notes where each comes from.
func (c *checker) merge(file, environment map[string]string, dotenv string) map[string]string {
	values := map[string]string{}
	c.s.from = map[string]string{}
	for _, source := range []struct {
		name   string
		values map[string]string
	}{{dotenv, file}, {"environment", environment}} {
		for name, value := range source.values {
			if value != "" {
				values[name], c.s.from[name] = value, source.name
			}
		}
	}
	return values
}

// fields returns the settings of a struct by name, with their values.
func fields(s reflect.Value) iter.Seq2[reflect.StructField, reflect.Value] {
	return func(yield func(reflect.StructField, reflect.Value) bool) {
		for i := range s.NumField() {
			field, value := s.Type().Field(i), s.Field(i)
			name := field.Tag.Get("env")
			if name == "" && value.Kind() == reflect.Struct {
				for field, value := range fields(value) {
					if !yield(field, value) {
						return
					}
				}
			} else if name != "" && name != "-" && !yield(field, value) {
				return
			}
		}
	}
}

// names returns the name of every setting.
func names() []string {
	var all []string
	for field := range fields(reflect.ValueOf(Settings{})) {
		all = append(all, field.Tag.Get("env"))
	}
	return all
}

// nameOf returns the name of the setting that a field holds.
func nameOf(fieldName string) string {
	for field := range fields(reflect.ValueOf(Settings{})) {
		if field.Name == fieldName {
			return field.Tag.Get("env")
		}
	}
	panic(fmt.Sprintf("no field %s", fieldName))
}

// closest suggests the setting that was meant: of those with the same start or
// a similar spelling, the one with the fewest edits.
func closest(name string, known []string) string {
	found, least := "", 0
	for _, k := range known {
		common, edits := commonPrefix(name, k), levenshtein.ComputeDistance(name, k)
		alike := common >= 4 && 3*common > 2*min(len(name), len(k)) || 3*edits <= min(len(name), len(k))
		if alike && (found == "" || edits < least) {
			found, least = k, edits
		}
	}
	if found == "" {
		return ""
	}
	return "; did you mean " + found + "?"
}

// commonPrefix returns the length of the common prefix of two names, in bytes.
func commonPrefix(a, b string) (n int) {
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}
