package settings

import (
	"strings"
	"testing"
)

// TestKeySources: headers always count, and whatever else does is warned of.
func TestKeySources(t *testing.T) {
	for _, tt := range []struct {
		text, shown   string
		query, cookie bool
	}{
		{"", "header", false, false},
		{"header", "header", false, false},
		{"query", "header,query", true, false},
		{" cookie , header", "header,cookie", false, true},
		{"cookie query", "header,query,cookie", true, true},
	} {
		s := read(t, "API_KEY_SOURCES="+tt.text)
		if s.KeySources.String() != tt.shown || s.KeySources.Query != tt.query || s.KeySources.Cookie != tt.cookie {
			t.Errorf("%q: %+v", tt.text, s.KeySources)
		}
		warnings := strings.Join(s.Warnings(), "\n")
		if strings.Contains(warnings, "keys in URLs") != tt.query || strings.Contains(warnings, "cookie api_key") != tt.cookie {
			t.Errorf("%q: warnings %s", tt.text, warnings)
		}
	}
}
