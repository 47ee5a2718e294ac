package name

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestParse(t *testing.T) {
	const (
		england = "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"
		wales   = "\U0001f3f4\U000e0067\U000e0062\U000e0077\U000e006c\U000e0073\U000e007f"
	)
	tests := []struct{ name, typed, want string }{
		{"empty", "", ""},
		{"blank", " \t\u00a0", ""},
		{"blank of braille", "\u2800\u2800", ""},
		{"plain", "Ada Lovelace", "Ada Lovelace"},
		{"trimmed", "  Ada\n", "Ada"},
		{"composed", "Elo\u0308ise", "El\u00f6ise"},
		{"any script", "\u30c6\u30b9\u30c8 \u05d0\u05d1", "\u30c6\u30b9\u30c8 \u05d0\u05d1"},
		{"markup is only text", "<b>'; DROP TABLE users;--", "<b>'; DROP TABLE users;--"},
		{"200 characters", strings.Repeat("\U0001f600", 200), strings.Repeat("\U0001f600", 200)},
		{"200 characters once composed", strings.Repeat("e\u0301", 200), strings.Repeat("\u00e9", 200)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, err := Parse(tt.typed); err != nil || got != tt.want {
				t.Errorf("Parse = %+q, %v; want %+q", got, err, tt.want)
			}
		})
	}
	for kind, kept := range map[string]string{
		"Persian with a non-joiner":            "\u0639\u0644\u06cc\u200c\u0631\u0636\u0627", // Ali-Reza
		"Kurdish with a non-joiner":            "\u0646\u0647\u200c\u0648\u0631\u06c6\u0632",
		"Arabic with vowels":                   "\u0645\u064f\u062d\u064e\u0645\u064e\u0651\u062f",
		"Arabic abbreviation with a joiner":    "\u0647\u200d",
		"Hebrew with points":                   "\u05d3\u05b8\u05bc\u05d5\u05b4\u05d3 \u05d1\u05df\u05be\u05d2\u05d5\u05e8\u05d9\u05d5\u05df",
		"Hebrew and Latin":                     "\u05d3\u05d5\u05d3 (David)",
		"Hindi with a joiner":                  "\u0936\u0930\u094d\u200d\u092e\u093e",
		"Hindi with a non-joiner":              "\u0930\u093e\u091c\u094d\u200c\u0928",
		"Bengali ra, joiner, ya":               "\u09b0\u200d\u09cd\u09af\u09be\u09ac",
		"Sinhala with a joiner":                "\u0dc1\u0dca\u200d\u0dbb\u0dd3",
		"Malayalam chillu with a joiner":       "\u0d30\u0d3e\u0d2e\u0d28\u0d4d\u200d",
		"Tamil":                                "\u0bb8\u0bcd\u0bb0\u0bc0\u0ba9\u0bbf\u0bb5\u0bbe\u0b9a\u0ba9\u0bcd",
		"Thai":                                 "\u0e2a\u0e21\u0e0a\u0e31\u0e22",
		"Khmer":                                "\u179f\u17bb\u1781",
		"Mongolian with a vowel separator":     "\u182d\u180e\u1820",
		"Japanese with a selected variant":     "\u845b\U000e0100\u57ce",
		"Japanese half-width, voiced":          "\uff76\uff9e",
		"Vietnamese":                           "Nguy\u1ec5n Th\u1ecb H\u01b0\u01a1ng",
		"Yoruba, not composable":               "\u1ecc\u0300l\u00e1",
		"Hawaiian":                             "Ka\u02bbahumanu",
		"Irish":                                "Se\u00e1n O\u2019Brien",
		"Catalan":                              "Gal\u00b7la",
		"family of emoji":                      "Ada \U0001f468\u200d\U0001f469\u200d\U0001f467",
		"heart on fire":                        "\u2764\ufe0f\u200d\U0001f525",
		"rainbow flag":                         "\U0001f3f3\ufe0f\u200d\U0001f308",
		"astronaut with a tone":                "\U0001f469\U0001f3fd\u200d\U0001f680",
		"head shaking":                         "\U0001f642\u200d\u2194\ufe0f",
		"black cat":                            "\U0001f408\u200d\u2b1b",
		"flag of a country":                    "\U0001f1e9\U0001f1ea",
		"flag of England":                      "Harry " + england,
		"two flags":                            wales + england,
		"keycap":                               "Player 1\ufe0f\u20e3",
		"information as an emoji":              "\u2139\ufe0f Ada",
		"trademark as text":                    "Ada\u2122\ufe0e",
		"letter of an alphabet of this decade": "\U00010d4a", // Garay
	} {
		t.Run(kind, func(t *testing.T) {
			if got, err := Parse(kept); err != nil || got != kept {
				t.Errorf("Parse(%+q) = %+q, %v; want it as it is", kept, got, err)
			}
			if got := Clean(kept); got != kept {
				t.Errorf("Clean(%+q) = %+q; want it as it is", kept, got)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	tests := map[string]string{
		"201 characters":               strings.Repeat("a", 201),
		"201 characters once composed": strings.Repeat("e\u0301", 201),
		"huge":                         strings.Repeat("a", 1<<20),
		"huge and blank":               strings.Repeat(" ", 1<<20),
		"invalid UTF-8":                "Ada\xff",
	}
	for kind, typed := range tests {
		t.Run(kind, func(t *testing.T) {
			if got, err := Parse(typed); !errors.Is(err, ErrInvalid) || got != "" {
				t.Errorf("Parse(%+.40q) = %v, %v; want ErrInvalid", typed, got, err)
			}
		})
	}
}

// Each of these characters, inside an otherwise good name, is refused, and a text
// from which Clean took it has only good ones.
func TestParseRefusesWhatDoesNotShow(t *testing.T) {
	tests := map[string]string{
		"NUL": "\x00", "line break": "\n", "carriage return": "\r", "tab": "\t", "next line": "\u0085", "escape": "\x1b[2J", "delete": "\x7f",
		"line separator": "\u2028", "paragraph separator": "\u2029",
		"left-to-right embedding": "\u202a", "right-to-left embedding": "\u202b", "pop": "\u202c", "left-to-right override": "\u202d",
		"right-to-left override": "\u202e", "left-to-right isolate": "\u2066", "right-to-left isolate": "\u2067", "first strong isolate": "\u2068",
		"pop isolate": "\u2069", "left-to-right mark": "\u200e", "right-to-left mark": "\u200f", "Arabic letter mark": "\u061c",
		"zero-width space": "\u200b", "word joiner": "\u2060", "invisible times": "\u2062", "invisible plus": "\u2064", "byte order mark": "\ufeff",
		"soft hyphen": "\u00ad", "joiner between Latin letters": "\u200d", "non-joiner between Latin letters": "\u200c",
		"deprecated format": "\u206a", "interlinear anchor": "\ufff9", "interlinear terminator": "\ufffb", "grapheme joiner": "\u034f",
		"Hangul filler": "\u3164", "half-width Hangul filler": "\uffa0", "Hangul choseong filler": "\u115f", "Hangul jungseong filler": "\u1160",
		"Khmer inherent vowel": "\u17b4", "Mongolian vowel separator": "\u180e", "Mongolian variation selector": "\u180b",
		"variation selector": "\ufe00", "emoji style after a letter": "\ufe0f", "variation selector of an ideograph": "\U000e0100",
		"tag": "\U000e0041", "language tag": "\U000e0001", "cancel tag": "\U000e007f", "unassigned invisible": "\U000e0fff",
		"tags after a flag of no region": "\U0001f3f4\U000e0068\U000e0069\U000e007f", "flag without an end": "\U0001f3f4\U000e0067\U000e0062\U000e0065",
		"musical beam": "\U0001d173", "shorthand format": "\U0001bca0", "Egyptian joiner": "\U00013430",
		"private use": "\ue000", "private use of Apple": "\uf8ff", "noncharacter": "\ufdd0", "another noncharacter": "\ufffe",
		"mark after a space": " \u0301", "keycap after a space": " \u20e3", "enclosing circle after punctuation": "-\u20dd",
		"two joiners after an emoji": "\U0001f468\u200d\u200d\U0001f469", "joiner after an emoji and before a letter": "\U0001f468\u200d",
		"non-joiner after an emoji": "\U0001f468\u200c\U0001f469", "joiner between plus signs": "+\u200d+",
		"Persian with two non-joiners": "\u06cc\u200c\u200c\u0631", "Persian non-joiner before Latin": "\u06cc\u200c",
		"Hebrew with a non-joiner": "\u05d0\u200c\u05d1", "Greek with a joiner": "\u03b1\u200d\u03b2",
	}
	for kind, bad := range tests {
		t.Run(kind, func(t *testing.T) {
			typed := "Ada" + bad + "Lovelace"
			if got, err := Parse(typed); !errors.Is(err, ErrInvalid) || got != "" {
				t.Errorf("Parse(%+q) = %+q, %v; want ErrInvalid", typed, got, err)
			}
			clean := Clean(typed)
			if got, err := Parse(clean); err != nil || got != clean || !strings.ContainsRune(clean, utf8.RuneError) {
				t.Errorf("Clean(%+q) = %+q, which Parse reads as %+q, %v", typed, clean, got, err)
			}
		})
	}
	for _, typed := range []string{"\u0301Ada", "\u200dAda", "\u202eadA", "\ufe0f", "Ada\u200c", "\u06cc\u200c", "\U000e0041", "\u3164"} {
		if got, err := Parse(typed); !errors.Is(err, ErrInvalid) {
			t.Errorf("Parse(%+q) = %+q, %v; want ErrInvalid", typed, got, err)
		}
	}
}

// What Parse accepts it accepts again, and Clean leaves it as it is.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"Ada", "\u202eadA", "\u06cc\u200c\u0631", "\U0001f468\u200d\U0001f469", "1\ufe0f\u20e3", "a\u0301\u0302"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		got, err := Parse(typed)
		if err != nil {
			return
		}
		if again, err := Parse(got); err != nil || again != got || Clean(got) != got {
			t.Errorf("Parse(%+q) = %+q, and of that %+q, %v", typed, got, again, err)
		}
	})
}
