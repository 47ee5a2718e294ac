package settings

import (
	"net"
	"net/netip"
	"regexp"
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
	number, ok := portNumber(port)
	if !ok || number == 0 {
		c.add("PORT", "must be a number from 1 to 65535; to choose the address too, set ADDR")
		return
	}
	c.s.Addr, c.s.from["ADDR"] = ":"+strconv.FormatUint(number, 10), "PORT"
}

// completeAddress adds the host to a port alone, and the port, if not "", to an
// IP address or localhost. It returns another text unchanged.
func completeAddress(text, port string) string {
	if number, ok := portNumber(text); ok {
		return net.JoinHostPort(defaultHost, strconv.FormatUint(number, 10))
	}
	if _, _, err := net.SplitHostPort(text); err == nil {
		return text
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

// hostName matches names of hosts, also those with an underscore, as container
// platforms resolve them.
var hostName = regexp.MustCompile(`^[A-Za-z0-9_.-]*$`)

// splitAddress returns the port of an address to listen on, and whether the
// address has a valid host or none.
func splitAddress(text string) (port string, ok bool) {
	host, port, err := net.SplitHostPort(text)
	if _, notIP := netip.ParseAddr(host); notIP != nil && !hostName.MatchString(host) {
		return "", false
	}
	return port, err == nil
}

func (c *checker) checkAddresses() {
	port, valid := splitAddress(c.s.Addr)
	if number, ok := portNumber(port); !valid || !ok {
		c.add("ADDR", "must be an address and a port, such as 127.0.0.1:8080 or :8080")
	} else if number == 0 && c.s.PublicURL == nil {
		c.add("ADDR", "with port 0 takes any free port, so PUBLIC_URL must say where clients reach the service")
	}
	port, valid = splitAddress(c.s.MetricsAddr)
	if c.s.MetricsAddr != "" && (!valid || port == "" || c.s.MetricsAddr == c.s.Addr) {
		c.add("METRICS_ADDR", "must be an address and a port of its own, such as 127.0.0.1:9090")
	}
	if c.s.PublicURL == nil && !c.s.Embedded() {
		c.addMissing("PUBLIC_URL", "is required with DATABASE_URL: "+
			"the URL under which clients reach the service, such as https://id.example.com")
	}
}
