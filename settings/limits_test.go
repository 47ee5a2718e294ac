package settings

import (
	"os"
	"strings"
	"testing"

	"gatehouse/graph/document"
)

func TestLimitsDefaults(t *testing.T) {
	if got := settingsOf(t).limits(); got != document.DefaultLimits() {
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
			_, err := readSettings([]string{name + "=" + value}, os.DevNull)
			if err == nil || !strings.Contains(err.Error(), name+" must be ") {
				t.Errorf("%s=%s: %v", name, value, err)
			}
		}
		value := good[name]
		if value == "" {
			value = "150"
		}
		s, err := readSettings([]string{name + "=" + value}, os.DevNull)
		if err != nil || s.limits() == settingsOf(t).limits() {
			t.Errorf("%s=%s: %v", name, value, err)
		}
	}
	for environ, want := range map[string]string{
		"LIMIT_MUTATIONS=21":                      "LIMIT_MUTATIONS must not be more than LIMIT_ROOT_FIELDS",
		"LIMIT_MUTATIONS=21 LIMIT_ROOT_FIELDS=21": "",
		"LIMIT_TOKEN=5":                           "LIMIT_TOKEN is no setting",
	} {
		_, err := readSettings(strings.Fields(environ), os.DevNull)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", environ, err)
		}
	}
}

// TestLimitsAreThoseOfTheSettings sends the running service what is within a limit and what is beyond it.
func TestLimitsAreThoseOfTheSettings(t *testing.T) {
	s := start(t, "LIMIT_ALIASES=2")
	want(t, s.ask(t, "", `{ a: __typename b: __typename }`, nil), "")
	want(t, s.ask(t, "", `{ a: __typename b: __typename c: __typename }`, nil), "OPERATION_TOO_LARGE")
}
