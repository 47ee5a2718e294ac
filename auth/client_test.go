package auth

import (
	"fmt"
	"testing"
	"time"
)

// Seconds rounds up.
func TestLimitError(t *testing.T) {
	for after, want := range map[time.Duration]int{1: 1, time.Second: 1, time.Second + 1: 2, time.Minute: 60} {
		e := &LimitError{After: after}
		if e.Seconds() != want || (want > 1) != (e.Error() == fmt.Sprintf("too many attempts; try again in %d seconds", want)) {
			t.Errorf("%s: %d, %q", after, e.Seconds(), e)
		}
	}
}

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
