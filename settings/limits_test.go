package settings

import (
	"gatehouse/graph/document"
	"os"
	"strings"
	"testing"
)

func TestLimitsDefaults(t *testing.T) {
	if got := document.Limits(read(t).Limits); got != document.DefaultLimits() {
		t.Errorf("the settings say %+v, graph says %+v", got, document.DefaultLimits())
	}
}

// TestLimitsRefused sets each limit to values outside of its range and to one within.
func TestLimitsRefused(t *testing.T) {
	good := map[string]string{"OPERATION_TIMEOUT": "2s", "LIMIT_MUTATIONS": "9", "LIMIT_BODY": "4096"}
	for _, name := range names() {
		if !strings.HasPrefix(name, "LIMIT_") && name != "OPERATION_TIMEOUT" {
			continue
		}
		for _, value := range []string{"-1", "99999999", "-1s", "26s", "many"} {
			_, err := Read([]string{name + "=" + value}, os.DevNull)
			if err == nil || !strings.Contains(err.Error(), name+" must be ") {
				t.Errorf("%s=%s: %v", name, value, err)
			}
		}
		value := good[name]
		if value == "" {
			value = "150"
		}
		s, err := Read([]string{name + "=" + value}, os.DevNull)
		if err != nil || s.Limits == read(t).Limits {
			t.Errorf("%s=%s: %v", name, value, err)
		}
	}
	for environ, want := range map[string]string{
		"LIMIT_MUTATIONS=21":                      "LIMIT_MUTATIONS must not be more than LIMIT_ROOT_FIELDS",
		"LIMIT_MUTATIONS=21 LIMIT_ROOT_FIELDS=21": "",
		"LIMIT_TOKEN=5":                           "LIMIT_TOKEN is not a setting",
	} {
		_, err := Read(strings.Fields(environ), os.DevNull)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", environ, err)
		}
	}
}

func TestConcurrencyRefused(t *testing.T) {
	for _, name := range []string{"MAX_REQUESTS_IN_FLIGHT", "MAX_CONNECTIONS"} {
		for value, want := range map[string]string{
			"0": name + " must be from 1 to", "2000000": name + " must be from 1 to",
			"many": name + " must be a whole number", "1": "",
		} {
			_, err := Read([]string{name + "=" + value}, os.DevNull)
			if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
				t.Errorf("%s=%s: %v; want %q", name, value, err, want)
			}
		}
	}
}
