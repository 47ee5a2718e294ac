// Package client says who sends a request: its network address and its user agent.
package client

import (
	"context"
	"net/netip"
)

// A Client is what a request says about its sender.
type Client struct {
	IP        string
	UserAgent string
}

// Prefix64 returns the network of the client's address: for IPv4 the address
// itself, for IPv6 the /64 of one link.
func (c Client) Prefix64() string { return c.prefix(64) }

// Prefix48 returns the place of a client, within which it can easily change its
// address: for IPv4 the address itself, for IPv6 the /48 that a customer gets at
// most (RFC 6177).
func (c Client) Prefix48() string { return c.prefix(48) }

// Network returns the network of a client, for the log: for IPv4 the /24, for
// IPv6 the /48. It says where a request came from, and not from whose device.
func (c Client) Network() string {
	ip, err := netip.ParseAddr(c.IP)
	if err != nil {
		return ""
	}
	if ip = ip.Unmap(); ip.Is4() {
		prefix, _ := ip.Prefix(24) // an IPv4 address has that many bits
		return prefix.String()
	}
	return c.prefix(48)
}

func (c Client) prefix(bits int) string {
	ip, err := netip.ParseAddr(c.IP)
	if err != nil {
		return c.IP
	}
	if ip = ip.Unmap(); ip.Is4() {
		return ip.String()
	}
	prefix, err := ip.WithZone("").Prefix(bits)
	if err != nil {
		return c.IP
	}
	return prefix.String()
}

type key struct{}

// With returns a context of a request from the client.
func With(ctx context.Context, c Client) context.Context {
	return context.WithValue(ctx, key{}, c)
}

// Of returns the client of a request; outside of one, the zero Client.
func Of(ctx context.Context) Client {
	c, _ := ctx.Value(key{}).(Client)
	return c
}
