package token

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	fetchTimeout = 5 * time.Second
	maxRedirects = 3

	minLifetime     = time.Minute
	defaultLifetime = 5 * time.Minute
	maxLifetime     = 24 * time.Hour
)

// fetch requests the set, or asks whether the one that we have is still current
// (RFC 9110, 13.1.2).
func (r *Remote) fetch(have *keySet, start time.Time) (*keySet, error) {
	ctx, cancel := context.WithTimeout(context.Background(), r.timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, r.url, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept", "application/jwk-set+json, application/json")
	if have != nil && have.etag != "" {
		request.Header.Set("If-None-Match", have.etag)
	}
	response, err := r.client().Do(request)
	if err != nil {
		return nil, withoutURL(err)
	}
	defer response.Body.Close()

	freshUntil := start.Add(lifetime(response.Header))
	conditional := request.Header.Get("If-None-Match") != ""
	switch {
	case response.StatusCode == http.StatusNotModified && conditional:
		return &keySet{have.byID, have.etag, freshUntil}, nil
	case response.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("the answer has status %d", response.StatusCode)
	}
	keys, err := readKeys(response.Body)
	if err != nil {
		return nil, err
	}
	return &keySet{keys, response.Header.Get("ETag"), freshUntil}, nil
}

func readKeys(body io.Reader) (map[string]*Key, error) {
	text, err := io.ReadAll(io.LimitReader(body, maxJWKSSize+1)) // too many for ParseJWKS
	if err != nil {
		return nil, fmt.Errorf("read: %w", err)
	}
	keys, err := ParseJWKS(text)
	if err != nil {
		return nil, err
	}
	byID := map[string]*Key{}
	for _, k := range keys {
		byID[k.ID] = k
	}
	return byID, nil
}

// client returns the given client, or one of our own, with our rule for
// redirects.
func (r *Remote) client() *http.Client {
	client := http.Client{Transport: &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DisableKeepAlives:      true, // there are minutes between requests
		MaxResponseHeaderBytes: maxJWKSSize,
	}}
	if r.Client != nil {
		client = *r.Client
	}
	client.CheckRedirect = checkRedirect
	return &client
}

// checkRedirect refuses another host or scheme: the server that answers chooses
// the keys.
func checkRedirect(next *http.Request, before []*http.Request) error {
	first := before[0].URL
	if next.URL.Scheme != first.Scheme || !strings.EqualFold(next.URL.Host, first.Host) {
		return errors.New("redirected to another host or scheme")
	}
	if len(before) > maxRedirects {
		return errors.New("redirected too often")
	}
	return nil
}

// withoutURL removes the URL from an error: its query may have a password, and
// the settings show the URL anyway.
func withoutURL(err error) error {
	var at *url.Error
	if errors.As(err, &at) {
		return at.Err
	}
	return err
}

// lifetime returns how long an answer may be kept (RFC 9111, 4.2.1 and 4.2.3),
// within our bounds.
func lifetime(header http.Header) time.Duration {
	seconds, stated := maxAge(header)
	if !stated {
		return defaultLifetime
	}
	if age, err := strconv.ParseUint(header.Get("Age"), 10, 31); err == nil {
		seconds -= min(float64(age), seconds)
	}
	return time.Duration(min(max(seconds, minLifetime.Seconds()), maxLifetime.Seconds()) * float64(time.Second))
}

// maxAge returns the max-age of Cache-Control in seconds, or 0 if the answer
// must not be kept.
func maxAge(header http.Header) (seconds float64, stated bool) {
	for directive := range strings.SplitSeq(strings.Join(header.Values("Cache-Control"), ","), ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(directive), "=")
		switch strings.ToLower(name) {
		case "no-store", "no-cache":
			return 0, true
		case "max-age":
			n, err := strconv.ParseUint(strings.Trim(value, `"`), 10, 64)
			switch {
			case errors.Is(err, strconv.ErrRange):
				seconds, stated = math.MaxInt32, true
			case err == nil:
				seconds, stated = float64(n), true
			}
		}
	}
	return seconds, stated
}

// checkKeysURL allows http only on this machine: elsewhere an attacker on the
// network could change the answer, and so the keys.
func checkKeysURL(text string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.Hostname() == "":
		return errors.New("not an http or https URL with a host")
	case u.User != nil || u.Fragment != "":
		return errors.New("the URL has a user or a fragment")
	case u.Scheme == "https", u.Scheme == "http" && loopback(u.Hostname()):
		return nil
	}
	return errors.New("the URL is not https")
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}
