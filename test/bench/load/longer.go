package load

import (
	"context"
	"errors"
	"time"
)

// errNone says that not one request was answered in the time there was.
var errNone = errors.New("no request was answered in this time")

// longest is how long a program may take for its first request, in seconds.
const longest = 60

// forSeconds has a program that counts in seconds measure for the duration d, at least a
// second. On a machine with much else to do, that may pass before the first answer. Then it
// measures again, for twice as long.
func forSeconds(ctx context.Context, d time.Duration, measure func(seconds int) (Load, error)) (Load, error) {
	for seconds := max(1, int(d.Round(time.Second).Seconds())); ; seconds *= 2 {
		l, err := measure(seconds)
		if !errors.Is(err, errNone) || seconds > longest || ctx.Err() != nil {
			return l, err
		}
	}
}
