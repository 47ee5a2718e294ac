// Package origin says which pages of a browser may send requests. It reads
// origins as people write them, and compares them as browsers do.
package origin

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/idna"
)

// An Origin is where a page comes from, in the form in which browsers send it
// (RFC 6454, 6.2): in lower case, with an ASCII host, without a default port.
type Origin struct {
	Scheme string
	Host   string // an IPv6 address is in brackets
	Port   string // "" for the scheme's default
}

// What is wrong with a text that is not an origin, and what to write instead.
// The texts don't repeat it.
var (
	errScheme = errors.New("one begins without http:// or https://; write such as https://app.example.com")
	errNull   = errors.New("null is the origin of files and sandboxed pages of any site; " +
		"serve the page from a web server, and write its origin")
	errWildcard = errors.New("a wildcard would also allow hosts that others control; write each origin, " +
		"such as https://app.example.com,https://preview.example.com")
	errUser = errors.New("one has a user name; write the scheme and the host, such as https://app.example.com")
	errHost = errors.New("one has an invalid host; write such as https://app.example.com, http://127.0.0.1:3000 " +
		"or http://[::1]:3000")
	errPort = errors.New("one has an invalid port; write 1 to 65535, such as http://localhost:3000")
)

// Parse parses an origin. It accepts capitals, a default port, and a host in any
// script. An error says what to write instead.
func Parse(text string) (Origin, error) {
	switch {
	case strings.EqualFold(text, "null"):
		return Origin{}, errNull
	case strings.Contains(text, "*"):
		return Origin{}, errWildcard
	}
	u, err := url.Parse(text)
	switch {
	case !strings.Contains(text, "://"):
		return Origin{}, errScheme
	case err != nil:
		return Origin{}, unparsed(text)
	case u.User != nil:
		return Origin{}, errUser
	}
	o, err := Of(u)
	if err == nil && (u.Path != "" || strings.ContainsAny(text, "?#")) {
		err = fmt.Errorf("one has a slash, a path or more behind its host; write %v", o)
	}
	return o, err
}

// unparsed says why url.Parse refuses a text: of an origin it refuses the port
// and the host only.
func unparsed(text string) error {
	_, rest, _ := strings.Cut(text, "://")
	host, _, _ := strings.Cut(rest, "/")
	if i := strings.LastIndexByte(host, ':'); i >= 0 && !strings.Contains(host, "]") {
		if _, err := strconv.ParseUint(host[i+1:], 10, 16); err != nil {
			return errPort
		}
	}
	return errHost
}

// defaultPorts are the ports that browsers leave out.
var defaultPorts = map[string]string{"http": "80", "https": "443"}

// appSchemes are the schemes of pages inside of apps and browser extensions.
const appSchemes = " app capacitor chrome-extension ionic moz-extension safari-web-extension tauri vscode-webview "

// Of returns the origin of a URL.
func Of(u *url.URL) (Origin, error) {
	o := Origin{Scheme: strings.ToLower(u.Scheme)}
	if defaultPorts[o.Scheme] == "" && !strings.Contains(appSchemes, " "+o.Scheme+" ") {
		return Origin{}, errScheme
	}
	host, err := normalHost(u.Hostname())
	if err != nil {
		return Origin{}, err
	}
	o.Host = host
	if text := u.Port(); text != "" {
		port, err := strconv.ParseUint(text, 10, 16)
		if err != nil || port == 0 {
			return Origin{}, errPort
		}
		if text = strconv.FormatUint(port, 10); text != defaultPorts[o.Scheme] {
			o.Port = text
		}
	}
	return o, nil
}

// normalHost returns a host as browsers write it (URL Standard, 3.5).
func normalHost(host string) (string, error) {
	if strings.Contains(host, ":") {
		return normalIPv6(host)
	}
	for _, r := range host {
		if r >= 0x80 {
			ascii, err := idna.New(idna.MapForLookup(), idna.Transitional(false), idna.StrictDomainName(false)).ToASCII(host)
			if err != nil {
				return "", errHost
			}
			host = ascii
			break
		}
	}
	host = strings.ToLower(host)
	labels := strings.Split(strings.TrimSuffix(host, "."), ".")
	for _, label := range labels {
		if label == "" || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			return "", errHost
		}
	}
	// A browser reads such a host as an IPv4 address, in several notations.
	if last := labels[len(labels)-1]; strings.Trim(last, "0123456789") == "" || strings.HasPrefix(last, "0x") {
		if address, err := netip.ParseAddr(host); err != nil || !address.Is4() {
			return "", errHost
		}
	}
	return host, nil
}

func normalIPv6(text string) (string, error) {
	address, err := netip.ParseAddr(text)
	if err != nil || address.Zone() != "" {
		return "", errHost
	}
	if address.Is4In6() { // browsers write no part of it in decimal
		b := address.As16()
		high, low := uint64(b[12])<<8|uint64(b[13]), uint64(b[14])<<8|uint64(b[15])
		return "[::ffff:" + strconv.FormatUint(high, 16) + ":" + strconv.FormatUint(low, 16) + "]", nil
	}
	return "[" + address.String() + "]", nil
}

// String returns the origin as browsers send it.
func (o Origin) String() string {
	text := o.Scheme + "://" + o.Host
	if o.Port != "" {
		text += ":" + o.Port
	}
	return text
}
