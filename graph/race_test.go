//go:build race

package graph

// slowdown is how much slower everything is under the race detector.
const slowdown = 8
