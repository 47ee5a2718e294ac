package edge

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Proxies are the networks whose X-Forwarded-For is trusted.
type Proxies []netip.Prefix

// ParseProxies parses addresses and networks, separated by commas. An IPv4
// address may be mapped to IPv6. A network of all addresses is an error.
func ParseProxies(text string) (Proxies, error) {
	var all Proxies
	for part := range strings.SplitSeq(text, ",") {
		network, err := parseNetwork(strings.TrimSpace(part))
		if err != nil {
			return nil, err
		}
		if network.Bits() == 0 {
			return nil, fmt.Errorf("%s is all addresses", network)
		}
		all = append(all, network.Masked())
	}
	return all, nil
}

// parseNetwork parses a network, or an address as the network that holds
// nothing else.
func parseNetwork(text string) (netip.Prefix, error) {
	if network, err := netip.ParsePrefix(text); err == nil {
		return unmap(network)
	}
	address, err := netip.ParseAddr(text)
	if err != nil {
		return netip.Prefix{}, err
	}
	if address.Zone() != "" {
		return netip.Prefix{}, fmt.Errorf("%s has a zone", address)
	}
	address = address.Unmap()
	return netip.PrefixFrom(address, address.BitLen()), nil
}

// unmap returns a network of mapped addresses as one of IPv4, because addresses
// are compared unmapped.
func unmap(network netip.Prefix) (netip.Prefix, error) {
	const mapped = 96 // bits before the IPv4 address
	switch {
	case !network.Addr().Is4In6():
		return network, nil
	case network.Bits() < mapped:
		return netip.Prefix{}, fmt.Errorf("%s is all IPv4 addresses and more", network)
	}
	return netip.PrefixFrom(network.Addr().Unmap(), network.Bits()-mapped), nil
}

// String returns the networks, separated by commas.
func (p Proxies) String() string {
	texts := make([]string, len(p))
	for i, network := range p {
		texts[i] = network.String()
	}
	return strings.Join(texts, ",")
}

// Trust reports whether an address is a proxy's.
func (p Proxies) Trust(address netip.Addr) bool {
	address = address.Unmap()
	return slices.ContainsFunc(p, func(network netip.Prefix) bool { return network.Contains(address) })
}

// client returns the address of the client: the peer of the connection, or, if
// that is a proxy, the address it names in X-Forwarded-For. Each proxy appends
// the address it saw to that header, so it is read from the end, up to the first
// address that is not a proxy's: a client may have written what stands before.
func (p Proxies) client(peer netip.Addr, forwarded []string) netip.Addr {
	if !p.Trust(peer) {
		return peer
	}
	hops := strings.Split(strings.Join(forwarded, ","), ",")
	for _, hop := range slices.Backward(hops) {
		address, ok := parseHop(strings.TrimSpace(hop))
		if !ok {
			return peer
		}
		peer = address.Unmap().WithZone("")
		if !p.Trust(peer) {
			return peer
		}
	}
	return peer
}

// parseHop parses an address, to which some proxies append a port. They put an
// IPv6 address into brackets, some also without a port.
func parseHop(text string) (netip.Addr, bool) {
	if withPort, err := netip.ParseAddrPort(text); err == nil {
		return withPort.Addr(), true
	}
	if n := len(text); n > 2 && text[0] == '[' && text[n-1] == ']' {
		text = text[1 : n-1]
	}
	address, err := netip.ParseAddr(text)
	return address, err == nil
}

// Forwarded sets RemoteAddr to the client's address, also behind proxies. The
// client's port is unknown there, and becomes 0.
func (p Proxies) Forwarded(next http.Handler) http.Handler {
	if len(p) == 0 {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if peer, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
			client := p.client(peer.Addr().Unmap(), r.Header.Values("X-Forwarded-For"))
			r.RemoteAddr = net.JoinHostPort(client.String(), "0")
		}
		next.ServeHTTP(w, r)
	})
}
