package settings

import (
	"net"
	"net/netip"
	"strconv"
	"strings"
)

// The address and the port that ADDR may leave out.
const (
	defaultHost = "127.0.0.1"
	defaultPort = "8080"
)

// completeAddresses adds what ADDR and METRICS_ADDR leave out. Platforms that
// run containers say in PORT where they send requests, from other machines.
func (c *checker) completeAddresses() {
	c.s.MetricsAddr = completeAddress(c.s.MetricsAddr, "")
	port := defaultPort
	if c.s.Port != "" {
		port = c.s.Port
	}
	if c.s.Port == "" || c.s.from["ADDR"] != "" {
		c.s.Addr = completeAddress(c.s.Addr, port)
		return
	}
	if number, ok := portNumber(port); !ok || number == 0 {
		c.add("PORT", "must be a number from 1 to 65535; to choose the address too, set ADDR")
		return
	}
	c.s.Addr, c.s.from["ADDR"] = ":"+port, "PORT"
}

// completeAddress adds the host to a port alone, and the port, if not "", to an
// IP address or localhost. It returns another text unchanged.
func completeAddress(text, port string) string {
	if _, ok := portNumber(text); ok {
		return net.JoinHostPort(defaultHost, text)
	}
	host := strings.TrimSuffix(strings.TrimPrefix(text, "["), "]")
	if _, err := netip.ParseAddr(host); port != "" && (err == nil || host == "localhost") {
		return net.JoinHostPort(host, port)
	}
	return text
}

// portNumber returns the port that a text is, and whether it is one.
func portNumber(text string) (uint64, bool) {
	number, err := strconv.ParseUint(text, 10, 16)
	return number, err == nil
}

func (c *checker) checkAddresses() {
	_, port, err := net.SplitHostPort(c.s.Addr)
	if number, ok := portNumber(port); err != nil || !ok {
		c.add("ADDR", "must be an address and a port, such as 127.0.0.1:8080 or :8080")
	} else if number == 0 && c.s.PublicURL == nil {
		c.add("ADDR", "with port 0 takes any free port, so PUBLIC_URL must say where clients reach the service")
	}
	_, port, err = net.SplitHostPort(c.s.MetricsAddr)
	if c.s.MetricsAddr != "" && (err != nil || port == "" || c.s.MetricsAddr == c.s.Addr) {
		c.add("METRICS_ADDR", "must be an address and a port of its own, such as 127.0.0.1:9090")
	}
	if c.s.PublicURL == nil && !c.s.Embedded() {
		c.add("PUBLIC_URL", "is required with DATABASE_URL: "+
			"the URL under which clients reach the service, such as https://id.example.com")
	}
}
