package counts

import (
	"errors"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gomodule/redigo/redis"
)

// errURL does not repeat the URL, which may hold a password.
var errURL = errors.New("not a Redis URL, such as redis://host:6379/0, rediss://user:password@host (TLS), " +
	"unix:///run/redis.sock or redis+sentinel://host:26379,host:26379/master/0")

// A target is where Redis is and how it is reached: what REDIS_URL says.
type target struct {
	network string   // tcp or unix
	hosts   []string // Redis, or its sentinels
	master  string   // the name by which sentinels know Redis; "" without sentinels
	options []redis.DialOption
	asking  []redis.DialOption // of sentinels
}

// A scheme says what the rest of a URL means.
type scheme struct {
	network   string
	tls       bool
	sentinels bool
	port      string // the default port
}

// schemes are those that other clients have, too: redis-sentinel is Lettuce's.
var schemes = map[string]scheme{
	"redis":           {network: "tcp", port: "6379"},
	"rediss":          {network: "tcp", port: "6379", tls: true},
	"valkey":          {network: "tcp", port: "6379"},
	"valkeys":         {network: "tcp", port: "6379", tls: true},
	"unix":            {network: "unix"},
	"redis+sentinel":  {network: "tcp", port: "26379", sentinels: true},
	"rediss+sentinel": {network: "tcp", port: "26379", sentinels: true, tls: true},
	"redis-sentinel":  {network: "tcp", port: "26379", sentinels: true},
	"rediss-sentinel": {network: "tcp", port: "26379", sentinels: true, tls: true},
}

// parseURL returns what a URL says. Each step of a connection may take as long as timeout.
func parseURL(text string, timeout time.Duration) (*target, error) {
	name, rest, _ := strings.Cut(text, "://")
	s, known := schemes[name]
	if !known {
		return nil, errURL
	}
	rest, hosts, tail := splitHosts(rest)
	first, others, _ := strings.Cut(hosts, ",") // package url reads one host
	u, err := url.Parse(name + "://" + rest + first + tail)
	if err != nil || others != "" && !s.sentinels {
		return nil, errURL
	}
	steps := []redis.DialOption{
		redis.DialConnectTimeout(timeout), redis.DialReadTimeout(timeout), redis.DialWriteTimeout(timeout),
	}
	t := &target{network: s.network, options: steps, asking: steps}
	if err := t.locate(s, u, hosts); err != nil {
		return nil, err
	}
	return t, t.secure(s, u)
}

// splitHosts splits what follows the scheme of a URL into what is before, in, and
// after the list of hosts.
func splitHosts(rest string) (user, hosts, tail string) {
	if end := strings.IndexAny(rest, "/?#"); end >= 0 {
		rest, tail = rest[:end], rest[end:]
	}
	at := strings.LastIndex(rest, "@") + 1
	return rest[:at], rest[at:], tail
}

// locate sets where Redis is, and which database of it is meant.
func (t *target) locate(s scheme, u *url.URL, hosts string) error {
	path := strings.Trim(u.Path, "/")
	if s.network == "unix" {
		if u.Host != "" || path == "" || u.Fragment != "" {
			return errURL
		}
		t.hosts = []string{u.Path}
		return nil
	}
	for host := range strings.SplitSeq(hosts, ",") {
		parsed, err := url.Parse("redis://" + host)
		if err != nil || parsed.Hostname() == "" {
			return errURL
		}
		port := parsed.Port()
		if port == "" {
			port = s.port
		}
		t.hosts = append(t.hosts, net.JoinHostPort(parsed.Hostname(), port))
	}
	if s.sentinels {
		t.master = u.Fragment // as Lettuce has it
		if t.master == "" {
			t.master, path, _ = strings.Cut(path, "/")
		}
		if t.master == "" {
			return errors.New("the name of the master is missing, as in redis+sentinel://host:26379/mymaster")
		}
	} else if u.Fragment != "" {
		return errURL
	}
	db, err := strconv.Atoi(path)
	if path != "" && (err != nil || db < 0) {
		return errURL
	}
	if db > 0 {
		t.options = with(t.options, redis.DialDatabase(db))
	}
	return nil
}

// with returns options and more, in a list of its own.
func with(options []redis.DialOption, more ...redis.DialOption) []redis.DialOption {
	return append(options[:len(options):len(options)], more...)
}
