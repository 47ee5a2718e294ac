package report

import "testing"

func TestSpread(t *testing.T) {
	tests := []struct {
		values []float64
		want   string
	}{
		{[]float64{3, 1, 2}, "2.00 [1.00-3.00]"},
		{[]float64{4, 1, 2, 3}, "2.50 [1.00-4.00]"},
		{[]float64{12345, 12345}, "12.3k"},
		{[]float64{0.5, 99.96, 1234.4}, "100.0 [0.50-1234]"},
		{[]float64{250000}, "250k"},
		{nil, "0"},
	}
	for _, tt := range tests {
		if got := SpreadOf(tt.values).String(); got != tt.want {
			t.Errorf("%v is %q, want %q", tt.values, got, tt.want)
		}
	}
}
