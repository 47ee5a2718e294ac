package settings

import (
	"strconv"
	"strings"
	"time"
)

const day = 24 * time.Hour

// duration parses a duration of Go, which may start with days: 30d or 1d12h.
func duration(text string) (time.Duration, error) {
	const wrong = form("a duration such as 90s, 15m, 12h or 30d")
	days, rest, found := strings.Cut(text, "d")
	if !found {
		d, err := time.ParseDuration(text)
		if err != nil {
			return 0, wrong
		}
		return d, nil
	}
	n, err := strconv.ParseUint(days, 10, 16) // at most 65,535 days, which is far from an overflow
	if err != nil {
		return 0, wrong
	}
	var more time.Duration
	if rest != "" {
		if more, err = time.ParseDuration(rest); err != nil || more < 0 || more >= day || rest[0] == '+' {
			return 0, wrong
		}
	}
	return time.Duration(n)*day + more, nil
}
