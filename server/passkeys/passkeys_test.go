package passkeys

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"strings"
	"testing"

	"gatehouse/settings"
)

// counted is a database with passkeys of another domain.
type counted struct {
	n     int
	other string
	err   error
}

func (c counted) ForeignPasskeys(context.Context, string) (int, string, error) {
	return c.n, c.other, c.err
}

func TestCheck(t *testing.T) {
	away := errors.New("away")
	tests := []struct {
		name   string
		public string
		found  counted
		accept bool
		want   string // in the error; "" for none
		logged string
	}{
		{"none", "https://id.example.com", counted{}, false, "", ""},
		{"some", "https://id.example.com", counted{12, "id.example.org", nil}, false, "12 passkeys are for the domain id.example.org", ""},
		{"what to do", "https://id.example.com", counted{1, "example.org", nil}, false, "set PASSKEY_RP_ID=example.org", ""},
		{"accepted", "https://id.example.com", counted{12, "id.example.org", nil}, true, "", `count=12 domain=id.example.org`},
		{"an IP address", "https://192.0.2.7", counted{1, "example.org", nil}, false, "passkeys are now off", ""},
		{"an IP address, accepted", "https://192.0.2.7", counted{1, "example.org", nil}, true, "", "count=1"},
		{"no answer", "https://id.example.com", counted{err: away}, true, "away", ""},
	}
	for _, tt := range tests {
		s, err := settings.Read([]string{"PUBLIC_URL=" + tt.public}, os.DevNull)
		if err != nil {
			t.Fatal(err)
		}
		var log bytes.Buffer
		err = Check(t.Context(), tt.found, s, tt.accept, slog.New(slog.NewTextHandler(&log, nil)))
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
		if (log.Len() > 0) != (tt.logged != "") || !strings.Contains(log.String(), tt.logged) {
			t.Errorf("%s: logged %s", tt.name, &log)
		}
	}
}
