package dsn

import (
	"errors"
	"net/netip"
	"path/filepath"
	"regexp"
	"strings"
)

var (
	errHost = errors.New("invalid DSN: the host is not a name, an IP address or a folder with a socket; " +
		"special characters of the password must be percent-encoded")
	errPort = errors.New("invalid DSN: the port is not a number from 1 to 65535; " +
		"special characters of the password must be percent-encoded")
	errPorts    = errors.New("invalid DSN: give one port for all hosts, or one for each")
	errIPv6     = errors.New("invalid DSN: write an IPv6 address in brackets, such as [2001:db8::1]:5432")
	errSupabase = errors.New("this is a pooler that lends one connection to several clients; " +
		"use Supabase's session pooler, which has port 5432, or the direct connection")
	errNeon = errors.New("this is a pooler that lends one connection to several clients; " +
		"use Neon's direct connection: remove -pooler from the host")
)

// A host is one of the hosts that are tried.
type host struct {
	name string // or an address, or a folder of sockets
	port string
}

var hostName = regexp.MustCompile(`^[\p{L}\p{N}._-]+$`)

// readHosts reads a list of hosts, each with a port or without. decode decodes a
// host.
func (t *translation) readHosts(text string, decode func(string) (string, error)) error {
	if text == "" {
		return nil
	}
	var hosts []host
	for one := range strings.SplitSeq(text, ",") {
		name, port, err := cutPort(one)
		if err != nil {
			return err
		}
		if name, err = decode(name); err != nil || !validHost(name) {
			return errHost
		}
		if name == "" {
			name = "localhost"
		}
		if port != "" && !isPort(port) {
			return errPort
		}
		hosts = append(hosts, host{name, port})
	}
	t.hosts = hosts
	return nil
}

// cutPort cuts the port off a host.
func cutPort(text string) (name, port string, err error) {
	if rest, found := strings.CutPrefix(text, "["); found {
		name, after, closed := strings.Cut(rest, "]")
		port, hasPort := strings.CutPrefix(after, ":")
		if _, err := netip.ParseAddr(name); !closed || err != nil || after != "" && !hasPort {
			return "", "", errHost
		}
		return name, port, nil
	}
	if strings.HasPrefix(text, "/") || strings.HasPrefix(text, "@") {
		return text, "", nil
	}
	name, port, _ = cutLast(text, ":")
	switch {
	case !strings.Contains(text, ":"):
		return text, "", nil
	case strings.Contains(name, ":"):
		if _, err := netip.ParseAddr(text); err == nil {
			return "", "", errIPv6
		}
		return "", "", errPort
	}
	return name, port, nil
}

func validHost(name string) bool {
	_, notAddress := netip.ParseAddr(name)
	return name == "" || notAddress == nil || hostName.MatchString(name) || filepath.IsAbs(name) ||
		strings.HasPrefix(name, "@") && hostName.MatchString(strings.TrimPrefix(name, "@"))
}

// setHosts sets the parameter host, which may repeat that of a URL.
func (t *translation) setHosts(value string) error {
	if address, err := netip.ParseAddr(value); err == nil && address.Is6() {
		value = "[" + value + "]"
	}
	return t.readHosts(value, func(text string) (string, error) { return text, nil })
}

// checkHosts gives each host a port, and finds hosts of providers that the
// service can't use.
func (t *translation) checkHosts() error {
	ports := strings.Split(t.values["port"], ",")
	if len(t.hosts) > 0 && len(ports) > 1 && len(ports) != len(t.hosts) {
		return errPorts
	}
	if !eachOf(t.values["port"], func(port string) bool { return port == "" || isPort(port) }) {
		return errPort
	}
	for i := range t.hosts {
		h := &t.hosts[i]
		given := ports[min(i, len(ports)-1)]
		if h.port == "" {
			h.port = given
		}
		if h.port == "" {
			h.port = "5432"
		}
		if err := t.checkProvider(*h); err != nil {
			return err
		}
	}
	return nil
}

func (t *translation) checkProvider(h host) error {
	name := strings.ToLower(h.name)
	under := func(domain string) bool { return strings.HasSuffix(name, "."+domain) }
	switch {
	case (under("pooler.supabase.com") || under("supabase.co")) && h.port == "6543":
		return errSupabase
	case under("neon.tech") && strings.Contains(name, "-pooler."):
		return errNeon
	case under("cockroachlabs.cloud") || h.port == "26257":
		return errCockroach
	case h.port == "6432", under("ondigitalocean.com") && h.port == "25061":
		t.warn("port " + h.port + " usually is that of a pooler; " +
			"the service needs one in session mode, or a direct connection")
	}
	return nil
}
