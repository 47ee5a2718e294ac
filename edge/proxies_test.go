package edge

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
)

// TestMappedProxies: a proxy is the same, however its address is written in the
// setting, by the system and in the header.
func TestMappedProxies(t *testing.T) {
	for setting, trusted := range map[string]bool{
		"::ffff:10.0.0.1": true, "::ffff:10.0.0.0/104": true, "10.0.0.1": true, "::ffff:10.0.0.2": false, "::ffff:11.0.0.0/104": false,
	} {
		ours, err := ParseProxies(setting)
		if err != nil {
			t.Fatal(err)
		}
		for _, peer := range []string{"10.0.0.1", "::ffff:10.0.0.1"} {
			for _, last := range []string{"", ", 10.0.0.1", ", ::ffff:10.0.0.1", ", [::ffff:10.0.0.1]:443"} {
				want := "203.0.113.5"
				if !trusted {
					want = "10.0.0.1"
				}
				if got := ours.client(netip.MustParseAddr(peer), []string{"::ffff:203.0.113.5" + last}); got.Unmap().String() != want {
					t.Errorf("%s, from %s, %q: client = %s, want %s", setting, peer, last, got, want)
				}
			}
		}
	}
}

func TestClientAddress(t *testing.T) {
	ours, err := ParseProxies("10.0.0.0/8, 192.0.2.7,2001:db8:1::/48")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name      string
		remote    string
		forwarded []string
		want      string
	}{
		{"a client", "203.0.113.5", nil, "203.0.113.5"},
		{"a client that claims another address", "203.0.113.5", []string{"198.51.100.1"}, "203.0.113.5"},
		{"a client that claims a proxy's address", "203.0.113.5", []string{"10.0.0.1"}, "203.0.113.5"},
		{"a proxy that says nothing", "10.0.0.1", nil, "10.0.0.1"},
		{"a proxy", "10.0.0.1", []string{"203.0.113.5"}, "203.0.113.5"},
		{"a single address", "192.0.2.7", []string{"203.0.113.5"}, "203.0.113.5"},
		{"beside a single address", "192.0.2.8", []string{"203.0.113.5"}, "192.0.2.8"},
		{"a proxy, and what a client wrote", "10.0.0.1", []string{"127.0.0.1, 198.51.100.1, 203.0.113.5"}, "203.0.113.5"},
		{"a proxy behind another", "10.0.0.1", []string{"198.51.100.1, 203.0.113.5, 10.9.9.9"}, "203.0.113.5"},
		{"two headers", "10.0.0.1", []string{"198.51.100.1", "203.0.113.5, 10.9.9.9"}, "203.0.113.5"},
		{"proxies only", "10.0.0.1", []string{"10.1.1.1, 10.9.9.9"}, "10.1.1.1"},
		{"nonsense", "10.0.0.1", []string{"unknown"}, "10.0.0.1"},
		{"nonsense before", "10.0.0.1", []string{"<script>, 203.0.113.5"}, "203.0.113.5"},
		{"nonsense between", "10.0.0.1", []string{"203.0.113.5, unknown, 10.9.9.9"}, "10.9.9.9"},
		{"empty", "10.0.0.1", []string{""}, "10.0.0.1"},
		{"a port", "10.0.0.1", []string{"203.0.113.5:443"}, "203.0.113.5"},
		{"a port of IPv6", "10.0.0.1", []string{"[2001:db8:2::1]:443"}, "2001:db8:2::1"},
		{"brackets without a port", "10.0.0.1", []string{"[2001:db8:2::1]"}, "2001:db8:2::1"},
		{"half a bracket", "10.0.0.1", []string{"[2001:db8:2::1"}, "10.0.0.1"},
		{"a colon without a port", "10.0.0.1", []string{"203.0.113.5:"}, "10.0.0.1"},
		{"IPv6", "2001:db8:1::1", []string{"2001:db8:2::5"}, "2001:db8:2::5"},
		{"a zone", "2001:db8:1::1", []string{"fe80::1%eth0"}, "fe80::1"},
		{"IPv4 in IPv6", "10.0.0.1", []string{"::ffff:203.0.113.5"}, "203.0.113.5"},
		{"one of ours in IPv6", "10.0.0.1", []string{"203.0.113.5, ::ffff:10.9.9.9"}, "203.0.113.5"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := ours.client(netip.MustParseAddr(tt.remote), tt.forwarded); got.String() != tt.want {
				t.Errorf("client = %s; want %s", got, tt.want)
			}
		})
	}
}

func TestForwarded(t *testing.T) {
	ours := Proxies{netip.MustParsePrefix("127.0.0.0/8")}
	for name, tt := range map[string]struct {
		trusted Proxies
		remote  string
		want    string
	}{
		"no proxies":             {nil, "127.0.0.1:1234", "127.0.0.1:1234"},
		"a proxy":                {ours, "127.0.0.1:1234", "203.0.113.5:0"},
		"a proxy, written as v6": {ours, "[::ffff:127.0.0.1]:1234", "203.0.113.5:0"},
		"not a proxy":            {ours, "198.51.100.1:1234", "198.51.100.1:0"},
		"not an address":         {ours, "@", "@"},
	} {
		t.Run(name, func(t *testing.T) {
			var got string
			h := tt.trusted.Forwarded(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.RemoteAddr }))
			r := httptest.NewRequest(http.MethodPost, "/graphql", http.NoBody)
			r.RemoteAddr = tt.remote
			r.Header.Set("X-Forwarded-For", "203.0.113.5")
			h.ServeHTTP(httptest.NewRecorder(), r)
			if got != tt.want {
				t.Errorf("RemoteAddr = %s; want %s", got, tt.want)
			}
		})
	}
}

func TestParseProxies(t *testing.T) {
	for text, want := range map[string]string{
		"10.1.2.3/8, ::1": "10.0.0.0/8,::1/128", "192.0.2.1": "192.0.2.1/32",
		"::ffff:10.0.0.1": "10.0.0.1/32", "::ffff:10.0.0.0/104": "10.0.0.0/8", "::FFFF:a00:1": "10.0.0.1/32", "::ffff:10.1.2.3/120": "10.1.2.0/24",
		"::ffff:192.0.2.1/128": "192.0.2.1/32", "::ffff:0:0/96": "", "::ffff:10.0.0.0/80": "", "::ffff:0.0.0.0/0": "", "::ffff:10.0.0.1%eth0": "",
		"": "", "proxy.example.com": "", "0.0.0.0/0": "", "::/0": "", "fe80::1%eth0": "", "10.0.0.0/8,": "", "10.0.0.0/33": "",
	} {
		got, err := ParseProxies(text)
		if got.String() != want || (err == nil) != (want != "") {
			t.Errorf("%q: %s, %v; want %q", text, got, err, want)
		}
	}
}
