package report

import (
	"fmt"
	"slices"
	"strconv"
)

// A Spread summarizes the values of several rounds.
type Spread struct {
	Median float64 `json:"median"`
	Min    float64 `json:"min"`
	Max    float64 `json:"max"`
}

// SpreadOf returns the spread of at least one value. The median of an even number of values is the
// mean of the two in the middle.
func SpreadOf(values []float64) Spread {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	if n == 0 {
		return Spread{}
	}
	return Spread{Median: (sorted[(n-1)/2] + sorted[n/2]) / 2, Min: sorted[0], Max: sorted[n-1]}
}

// String returns the median, followed by the least and the greatest value.
func (s Spread) String() string {
	if s.Min == s.Max {
		return digits(s.Median)
	}
	return fmt.Sprintf("%s [%s-%s]", digits(s.Median), digits(s.Min), digits(s.Max))
}

// digits formats a number with three significant digits.
func digits(v float64) string {
	switch {
	case v == 0:
		return "0"
	case v >= 100_000:
		return strconv.FormatFloat(v/1000, 'f', 0, 64) + "k"
	case v >= 10_000:
		return strconv.FormatFloat(v/1000, 'f', 1, 64) + "k"
	case v >= 100:
		return strconv.FormatFloat(v, 'f', 0, 64)
	case v >= 10:
		return strconv.FormatFloat(v, 'f', 1, 64)
	default:
		return strconv.FormatFloat(v, 'f', 2, 64)
	}
}
