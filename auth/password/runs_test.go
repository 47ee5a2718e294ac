package password

import "testing"

func TestRun(t *testing.T) {
	tests := []struct {
		text string
		want int
	}{
		{"", 0},
		{"z", 1},
		{"ax", 1},
		{"abx", 2},
		{"abc", 3},
		{"cbax", 3},
		{"1234567890123", 13},
		{"9012", 4},
		{"xyzab", 5},
		{"akz", 1},
		{"qwertx", 5},
		{"aaaab", 4},
		{"1qaz2wx", 6},
		{"...x", 3},
		{"\xff\xff\xfe", 2},
	}
	for _, tt := range tests {
		if got := run(tt.text); got != tt.want {
			t.Errorf("run(%q) = %d, want %d", tt.text, got, tt.want)
		}
	}
}
