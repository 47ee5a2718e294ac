package main

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// proxies are the machines whose word is taken for where a request comes from.
type proxies []netip.Prefix

// parseProxies reads addresses and networks.
func parseProxies(texts []string) (proxies, bool) {
	var all proxies
	for _, text := range texts {
		network, err := netip.ParsePrefix(text)
		if err != nil {
			address, err := netip.ParseAddr(text)
			if err != nil || address.Zone() != "" {
				return nil, false
			}
			network = netip.PrefixFrom(address, address.BitLen())
		}
		if network.Bits() == 0 {
			return nil, false // everybody
		}
		all = append(all, network.Masked())
	}
	return all, true
}

// proxies are those of the settings.
func (s *settings) proxies() (proxies, bool) {
	var texts []string
	for _, text := range s.TrustedProxies {
		texts = append(texts, strings.TrimSpace(text))
	}
	return parseProxies(texts)
}

func (p proxies) trust(address netip.Addr) bool {
	return slices.ContainsFunc(p, func(network netip.Prefix) bool { return network.Contains(address) })
}

// client returns where a request comes from: who opened the connection, or, if that is one of ours, whom it names in X-Forwarded-For. Each proxy adds
// to the end of that header what it saw, so it is read from there up to the first address that is none of ours: what stands before, a
// stranger may have written.
func (p proxies) client(remote netip.Addr, forwarded []string) netip.Addr {
	if !p.trust(remote) {
		return remote
	}
	hops := strings.Split(strings.Join(forwarded, ","), ",")
	for _, hop := range slices.Backward(hops) {
		address, ok := addressOf(strings.TrimSpace(hop))
		if !ok {
			return remote
		}
		remote = address.Unmap().WithZone("")
		if !p.trust(remote) {
			return remote
		}
	}
	return remote
}

// addressOf reads an address, to which some proxies add a port.
func addressOf(text string) (netip.Addr, bool) {
	if with, err := netip.ParseAddrPort(text); err == nil {
		return with.Addr(), true
	}
	address, err := netip.ParseAddr(text)
	return address, err == nil
}

// forwarded makes RemoteAddr the client's, also behind proxies.
func (p proxies) forwarded(next http.Handler) http.Handler {
	if len(p) == 0 {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if peer, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
			client := p.client(peer.Addr().Unmap(), r.Header.Values("X-Forwarded-For"))
			r.RemoteAddr = net.JoinHostPort(client.String(), "0") // its port nobody knows
		}
		next.ServeHTTP(w, r)
	})
}
