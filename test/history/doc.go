// Package history judges what clients of several replicas saw: whether one machine
// without faults, on which no request overlaps another of the same session, could
// have answered them so.
package history
