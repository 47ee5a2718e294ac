package command

import (
	"context"
	"time"
)

// RunAfter is [Run] with another propagation delay.
func RunAfter(ctx context.Context, args []string, env Env, delay time.Duration) int {
	env.Propagation = delay
	return run(ctx, &env, args)
}
