package client

import "testing"

// A client can use any address of its prefix.
func TestPrefixes(t *testing.T) {
	for ip, want := range map[string][2]string{
		"192.0.2.1": {"192.0.2.1", "192.0.2.1"}, "::ffff:192.0.2.1": {"192.0.2.1", "192.0.2.1"},
		"2001:db8:1:2:3:4:5:6": {"2001:db8:1:2::/64", "2001:db8:1::/48"}, "fe80::1%eth0": {"fe80::/64", "fe80::/48"}, "::1": {"::/64", "::/48"},
		"": {"", ""}, "@": {"@", "@"},
	} {
		if s := (Client{IP: ip}); s.Prefix64() != want[0] || s.Prefix48() != want[1] {
			t.Errorf("%q: %q, %q; want %q", ip, s.Prefix64(), s.Prefix48(), want)
		}
	}
}

func TestNetwork(t *testing.T) {
	for ip, want := range map[string]string{
		"192.0.2.77": "192.0.2.0/24", "::ffff:192.0.2.77": "192.0.2.0/24", "2001:db8:1:2:3:4:5:6": "2001:db8:1::/48",
		"fe80::1%eth0": "fe80::/48", "": "", "@": "", "hunter2": "",
	} {
		if got := (Client{IP: ip}).Network(); got != want {
			t.Errorf("%q is in %q, want %q", ip, got, want)
		}
	}
}
