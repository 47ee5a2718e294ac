package settings

import (
	"cmp"
	"iter"
	"reflect"
	"slices"
	"strings"

	"github.com/caarlos0/env/v11"

	"gatehouse/settings/dotenv"
)

// faults are everything that is wrong with the settings.
type faults []string

// Error lists the faults, one on each line.
func (f faults) Error() string {
	return "invalid settings:\n  " + strings.Join(f, "\n  ")
}

// Read parses the settings in environ, lines of the form NAME=value, and for
// those it lacks the file at path. An empty value counts as unset. The error
// lists every fault.
func Read(environ []string, path string) (*Settings, error) {
	c := &checker{s: defaults(), failed: map[string]bool{}}
	c.s.from = map[string]string{}
	environment, file := env.ToMap(environ), c.readDotenv(path)
	c.unknown(file, environment, path)
	values := c.merge(file, environment, path)
	c.unreadable(env.ParseWithOptions(c.s, env.Options{Environment: values, FuncMap: parsers}))
	c.completeAddresses()
	c.check(environment)
	c.checkTraces(environment)
	if len(c.faults) > 0 {
		return nil, c.faults
	}
	c.s.complete()
	return c.s, nil
}

// readDotenv reads the values of the file. Of its lines that can't be read, only
// those count that may be meant for us.
func (c *checker) readDotenv(path string) map[string]string {
	entries, faults, err := dotenv.ReadFile(path)
	if err != nil {
		c.faults.add("%s can't be read: %v", path, withoutPath(err))
		c.unread = true
	}
	known := append(names(), fileNames()...)
	for _, fault := range faults {
		if fault.Name == "" || slices.Contains(known, fault.Name) {
			c.faults.add("%s, %v", path, fault)
			c.failed[fault.Name] = true
			c.unread = c.unread || fault.Name == ""
		}
	}
	values, lines := map[string]string{}, map[string]int{}
	for _, e := range entries {
		if slices.Contains(known, e.Name) {
			if old, twice := values[e.Name]; twice && old != e.Value {
				c.warn("%s: %s is set on line %d and on line %d, which counts", path, e.Name, lines[e.Name], e.Line)
			}
			if e.Expands {
				c.warn("%s, line %d: no variable is expanded, so %s is taken as it is written", path, e.Line, e.Name)
			}
		}
		values[e.Name], lines[e.Name] = e.Value, e.Line
	}
	return values
}

// merge returns the values that are set, also those in files that a source
// names, and notes where each comes from.
func (c *checker) merge(file, environment map[string]string, path string) map[string]string {
	values := map[string]string{}
	headers := []string{"OTEL_EXPORTER_OTLP_HEADERS" + fileSuffix, "OTEL_EXPORTER_OTLP_TRACES_HEADERS" + fileSuffix}
	for _, source := range []struct {
		name      string
		values    map[string]string
		fileNames []string
	}{{path, file, fileNames()}, {"environment", environment, append(headers, fileNames()...)}} {
		read := c.readFiles(source.values, source.fileNames)
		for name, value := range source.values {
			if value != "" {
				values[name], c.s.from[name] = value, cmp.Or(read[name], source.name)
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
