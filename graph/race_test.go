//go:build race

package graph

// slowdown is the factor by which the race detector slows everything down.
const slowdown = 8
