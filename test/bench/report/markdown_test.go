package report

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
)

// A page keeps the text around its marks, and other marks keep theirs.
func TestPage(t *testing.T) {
	const page = "# Fast\n<!-- figures -->\nold figures\n<!-- end -->\nbetween\n<!-- growth -->\nold growth\n<!-- end -->\nthe end\n"
	figures, sizeResult := &Report{Rounds: 7}, &Report{Rounds: 7, Growth: &Growth{}}
	tests := []struct {
		name   string
		r      *Report
		before string
		want   string // with NEW in place of the report
	}{
		{"figures", figures, page, "# Fast\n<!-- figures -->\n\nNEW\n<!-- end -->\nbetween\n<!-- growth -->\nold growth\n<!-- end -->\nthe end\n"},
		{"growth", sizeResult, page, "# Fast\n<!-- figures -->\nold figures\n<!-- end -->\nbetween\n<!-- growth -->\n\nNEW\n<!-- end -->\nthe end\n"},
		{"no page", figures, "", "NEW"},
		{"no marks", figures, "# Slow\n", "NEW"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := strings.Replace(tt.r.page(tt.before), tt.r.markdown(), "NEW", 1); got != tt.want {
				t.Errorf("page =\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

// Both pictures are well-formed, whatever was omitted, and contain the measurements.
func TestPictures(t *testing.T) {
	m := func(name string, us float64) Measured {
		return Measured{Name: name, CPU: new(at(us)), P50: at(us / 100), Rate: at(1)}
	}
	size := func(people int, us float64) SizeResult {
		return SizeResult{People: people, Results: []Result{{Name: "me", Contestants: []Measured{m(Gatehouse, us)}}, {Name: "search & find", Contestants: []Measured{m(Gatehouse, us)}}}}
	}
	tests := []struct {
		name string
		r    *Report
		want []string
	}{
		{"nothing", &Report{}, nil},
		{"bars", &Report{Results: []Result{{Name: "me", Contestants: []Measured{m(Gatehouse, 40), m(ByHand, 50)}}}}, []string{"40.0 µs, Gatehouse", "50.0 µs, by hand", `width="304.0"`}},
		{"no pair", &Report{Results: []Result{{Name: "mix", Contestants: []Measured{m(Gatehouse, 40)}}}}, nil},
		{"growth", &Report{Growth: &Growth{Sizes: []SizeResult{size(1000, 40), size(100_000, 4000)}}}, []string{">1000<", ">100000<", ">me<", "search &amp; find", "<polyline"}},
		{"one size", &Report{Growth: &Growth{Sizes: []SizeResult{size(1000, 40)}}}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := tt.r.svg()
			parses(t, []byte(text))
			for _, want := range tt.want {
				if !strings.Contains(text, want) {
					t.Errorf("no %q in\n%s", want, text)
				}
			}
			if strings.Contains(text, "NaN") || strings.Contains(text, "Inf") {
				t.Errorf("not a number:\n%s", text)
			}
		})
	}
}

func TestWrap(t *testing.T) {
	word := strings.Repeat("x", 49)
	tests := []struct{ text, want string }{
		{"", ""},
		{"a b", "a b"},
		{word + " " + word + "x", word + " " + word + "x"},
		{word + " " + word + "xx", word + "\n" + word + "xx"},
		{word + " " + word + " a b", word + " " + word + "\na b"},
	}
	for _, tt := range tests {
		if got := wrap(tt.text); got != tt.want {
			t.Errorf("wrap(%q) = %q, want %q", tt.text, got, tt.want)
		}
	}
}

func parses(t *testing.T, text []byte) {
	t.Helper()
	decoder := xml.NewDecoder(bytes.NewReader(text))
	for {
		if _, err := decoder.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatalf("the picture: %v", err)
		}
	}
}
