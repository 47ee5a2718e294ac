package settings

import "testing"

// TestAddress: what ADDR leaves out comes from PORT or is the default.
func TestAddress(t *testing.T) {
	tests := []struct {
		environ []string
		want    string
	}{
		{nil, "127.0.0.1:8080"},
		{[]string{"ADDR=9000"}, "127.0.0.1:9000"},
		{[]string{"ADDR=:9000"}, ":9000"},
		{[]string{"ADDR=0.0.0.0"}, "0.0.0.0:8080"},
		{[]string{"ADDR=localhost"}, "localhost:8080"},
		{[]string{"ADDR=::1"}, "[::1]:8080"},
		{[]string{"ADDR=[::]"}, "[::]:8080"},
		{[]string{"ADDR=[::]:9000"}, "[::]:9000"},
		{[]string{"ADDR=[fe80::1%eth0]:9000"}, "[fe80::1%eth0]:9000"},
		{[]string{"ADDR=[fe80::1%eth0]"}, "[fe80::1%eth0]:8080"},
		{[]string{"ADDR=my_host.internal:9000"}, "my_host.internal:9000"},
		{[]string{"ADDR=09000"}, "127.0.0.1:9000"},
		{[]string{"PORT=09000"}, ":9000"},
		{[]string{"PORT=3000"}, ":3000"},
		{[]string{"PORT=3000", "ADDR="}, ":3000"},
		{[]string{"PORT=3000", "ADDR=127.0.0.1:9000"}, "127.0.0.1:9000"},
		{[]string{"PORT=3000", "ADDR=127.0.0.1"}, "127.0.0.1:3000"},
		{[]string{"PORT=tcp://10.0.0.1:80", "ADDR=:9000"}, ":9000"},
	}
	for _, tt := range tests {
		if got := read(t, tt.environ...).Addr; got != tt.want {
			t.Errorf("%q: listens on %s, want %s", tt.environ, got, tt.want)
		}
	}
	if s := read(t, "PORT=3000"); s.Issuer() != "http://localhost:3000" || s.LocalURL() != "http://localhost:3000" {
		t.Errorf("URLs: %s, %s", s.Issuer(), s.LocalURL())
	}
	if got := read(t, "METRICS_ADDR=9090").MetricsAddr; got != "127.0.0.1:9090" {
		t.Errorf("METRICS_ADDR=9090: %s", got)
	}
}
