package password

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

func TestCheck(t *testing.T) {
	const (
		anna  = "anna.smith@example.com"
		smith = "Anna Maria Smith"
		short = "The password must have at least 12 characters."
	)
	standard, legacy := Rules{MinLength: 12, Method: Argon2id}, Rules{MinLength: 12, Method: Bcrypt}
	tests := []struct {
		name, password string
		rules          Rules
		want           string // "" if it may be set
	}{
		{"empty", "", standard, short},
		{"11 letters", "vkzqmwdrtyx", standard, short},
		{"12 letters", "vkzqmwdrtyxh", standard, ""},
		{"11 code points in 22 bytes", "ěščřžýáíéúů", standard, short},
		{"12 code points", "ěščřžýáíéúůň", standard, ""},
		{"11 code points, sent as 22", norm.NFD.String("ěščřžýáíéúů"), standard, short},
		{"12 code points, sent as 24", norm.NFD.String("ěščřžýáíéúůň"), standard, ""},
		{"128 code points, sent as 256", norm.NFD.String(strings.Repeat("é", 116) + "ěščřžýáíúůňď"), standard, ""},
		{"129 code points, sent as 258", norm.NFD.String(strings.Repeat("é", 117) + "ěščřžýáíúůňď"), standard, errTooLong.sentence},
		{"no rules hold 8", "vkzqmwd", Rules{}, "The password must have at least 8 characters."},
		{"no rules let 8 pass", "vkzqmwdr", Rules{}, ""},
		{"less than 8 is not to be asked for", "vkzqmwd", Rules{MinLength: 4}, "The password must have at least 8 characters."},
		{"15 asked for", "vkzqmwdrtyxhbn", Rules{MinLength: 15}, "The password must have at least 15 characters."},
		{"15 given", "vkzqmwdrtyxhbnf", Rules{MinLength: 15}, ""},
		{"129 code points", strings.Repeat("x", 117) + "vkzqmwdrtyxh", standard, "The password must have at most 128 characters."},
		{"128 code points", strings.Repeat("x", 116) + "vkzqmwdrtyxh", standard, ""},
		{"128 of four bytes", strings.Repeat("😀", 116) + "vkzqmwdrtyxh", standard, ""},
		{"endless", strings.Repeat("x", 1<<20), standard, errTooLong.sentence},
		{"NUL", "vkzqmwdr\x00tyxh", standard, errNUL.sentence},
		{"another control character", "vkzqmwdr\x01tyxh", standard, ""},
		{"no UTF-8", "vkzqmwdr\xfftyxh", standard, errNotText.sentence},
		{"replacement character", "vkzqmwdr\ufffdtyxh", standard, ""},
		{"bcrypt, 73 bytes", strings.Repeat("x", 61) + "vkzqmwdrtyxh", legacy, errTooWide.sentence},
		{"bcrypt, 72 bytes", strings.Repeat("x", 60) + "vkzqmwdrtyxh", legacy, ""},
		{"bcrypt, 74 bytes in 37 code points", strings.Repeat("ěščřžýáíéúůň", 3) + "ž", legacy, errTooWide.sentence},
		{"argon2id, 73 bytes", strings.Repeat("x", 61) + "vkzqmwdrtyxh", standard, ""},

		{"only small letters", "vkzqmwdrtyxh", standard, ""},
		{"only digits", "849302718365", standard, ""},
		{"only signs", "&)#!=?(/%;-_", standard, ""},
		{"spaces at the ends", " vkzqmwdrty ", standard, ""},
		{"twelve emoji", "😀😎🎉🚀🌈🍕🐙🎸🏔🌵🦊🧀", standard, ""},
		{"emoji of several code points", "👨‍👩‍👧❤️🏳️‍🌈👍🏽🧑🏿‍🚀", standard, ""},
		{"arrows", "→←↑↓↔↕↖↗↘↙⇐⇒", standard, ""},
		{"mathematics", "∀x∈ℝ∃y≤∑∫√∞∂", standard, ""},
		{"box drawing", "┌─┬┐│├┼┤└┴┘═", standard, ""},
		{"Chinese", "春眠不觉晓处处闻啼鸟夜来", standard, ""},
		{"Japanese", "ふるいけやかわずとびこむ", standard, ""},
		{"Hangul", "동해물과백두산이마르고닳도록", standard, ""},
		{"Hangul, sent as jamo", norm.NFD.String("동해물과백두산이마르고닳도록"), standard, ""},
		{"Cyrillic", "белеетпарусодинокий", standard, ""},
		{"Cyrillic and digits", "парусник849302", standard, ""},
		{"Hindi", "नमस्ते दुनिया सुबह", standard, ""},
		{"Thai", "สวัสดีชาวโลกวันนี้", standard, ""},
		{"Arabic", "السلام عليكم يا صديقي", standard, ""},
		{"one letter with many marks", "x\u0306\u0307\u0309\u030a\u030c\u030d\u030e\u030f\u0310\u0311\u0312", standard, ""},
		{"one emoji", strings.Repeat("😀", 12), standard, errRepeated.sentence},
		{"one emoji with a variation selector", strings.Repeat("❤️", 12), standard, errRepeated.sentence},
		{"one family", strings.Repeat("👨‍👩‍👧‍👦", 4), standard, errRepeated.sentence},
		{"one family and a digit", strings.Repeat("👨‍👩‍👧‍👦", 4) + "1", standard, errRepeated.sentence},
		{"a thumb in each color and a year", "👍🏻👍🏼👍🏽👍🏾👍🏿1985", standard, ""},
		{"a heart and a year", strings.Repeat("❤️", 4) + "2024", standard, errRepeated.sentence},
		{"a keycap", strings.Repeat("1️⃣", 4) + "2024", standard, errRepeated.sentence},
		{"one flag", strings.Repeat("🇩🇪", 8), standard, errRepeated.sentence},
		{"one arrow", strings.Repeat("→", 12), standard, errRepeated.sentence},
		{"one arrow and a digit", strings.Repeat("→", 12) + "7", standard, errRepeated.sentence},
		{"one Chinese character and a year", strings.Repeat("福", 8) + "2024", standard, errRepeated.sentence},
		{"one syllable of Hangul", strings.Repeat("한", 9) + "19850", standard, errCommon.sentence},

		{"e-mail address", anna, standard, errPersonal.sentence},
		{"e-mail address, case", "Anna.SMITH@Example.COM", standard, errPersonal.sentence},
		{"e-mail address, digits after", anna + "2024", standard, errPersonal.sentence},
		{"local part", "anna.smith!!", standard, errPersonal.sentence},
		{"local part, digits and punctuation", "Anna.Smith-1985!", standard, errPersonal.sentence},
		{"name", smith, standard, errPersonal.sentence},
		{"name, digits before and after", "19annA mARIA Smith85", standard, errPersonal.sentence},
		{"name in one word", "annamariasmith1", standard, errPersonal.sentence},
		{"name and more", "Anna Maria Smith eats figs", standard, ""},
		{"another user's address", "vera.kovacs@example.org", standard, ""},

		{"one character", "aaaaaaaaaaaa", standard, errRepeated.sentence},
		{"four characters", "abcdacbddbca", standard, errRepeated.sentence},
		{"five characters", "xqwvzzvqwxzq", standard, ""},
		{"twice a common one", "passwordpassword", standard, errRepeated.sentence},
		{"twice a rare one", "vkzqmwVKZQMW", standard, errRepeated.sentence},
		{"twice and a bit", "vkzqmvkzqmvk", standard, errRepeated.sentence},
		{"not quite twice", "vkzqmwvkzqmx", standard, ""},
		{"common", "password1234", standard, errCommon.sentence},
		{"passphrase", "correct horse battery staple", standard, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := tt.rules.Check(tt.password, anna, smith)
			if err == nil {
				if tt.want != "" {
					t.Errorf("it may be set, want %q", tt.want)
				}
				return
			}
			var fault *Fault
			if !errors.As(err, &fault) || err.Error() != tt.want {
				t.Errorf("Check = %v, want %q", err, tt.want)
			}
		})
	}
}

// TestCheckPersonalWithout: an account may have no name, and a name or a local
// part may have no letters.
func TestCheckPersonalWithout(t *testing.T) {
	tests := []struct {
		password, email, name string
		want                  error
	}{
		{"849302718365", "", "", nil},
		{"849302718365", "123@example.com", "4711", nil},
		{"849302718365", "849302718365@example.com", "", errPersonal},
		{"849302718365", "", "849302718365", errPersonal},
		{"vkzqmwdrtyxh", "", "", nil},
		{"vkzqmwdrtyxh", "vkzqmwdrtyxh", "", errPersonal},
		{"vkzqmwdrtyxh", "vkzqmwdrtyxh@", "", errPersonal},
		{"ПЁТРИЛЬИЧ123", "", "Пётр Ильич", errPersonal},
		{"ПЁТРИЛЬИЧ123", "", "Пётр", nil},
	}
	for _, tt := range tests {
		got := Rules{MinLength: 12, Method: Argon2id}.Check(tt.password, tt.email, tt.name)
		if !errors.Is(got, tt.want) {
			t.Errorf("Check(%q, %q, %q) = %v, want %v", tt.password, tt.email, tt.name, got, tt.want)
		}
	}
}

// FuzzCheck: an accepted password can be hashed by its method, and no sentence
// quotes the password.
func FuzzCheck(f *testing.F) {
	for _, seed := range []string{"vkzqmwdrtyxh", "password1234", "\xff", "a\x00b", strings.Repeat("😀", 128), "1qaz2wsx3edc", "ÿÿÿÿpasswordÿÿÿÿ"} {
		f.Add(seed, "anna@example.com", "Anna")
	}
	f.Fuzz(func(t *testing.T, password, email, name string) {
		for method, c := range map[Method]cost{Argon2id: standardArgon2id, Bcrypt: standardBcrypt} {
			err := Rules{MinLength: 12, Method: method}.Check(password, email, name)
			if err == nil && !c.hashable(normal(password)) {
				t.Errorf("%s: %q may be set but not hashed", method, password)
			}
			if err != nil && utf8.RuneCountInString(password) >= 12 && !strings.Contains(fmt.Sprint(allFaults()), password) && strings.Contains(err.Error(), password) {
				t.Errorf("%s: the fault repeats the password: %v", method, err)
			}
		}
	})
}

func allFaults() []error {
	return []error{errNotText, errNUL, errTooLong, errTooWide, errPersonal, errRepeated, errCommon}
}

// TestPopular: passwords of twelve characters and more that many people have.
func TestPopular(t *testing.T) {
	r := Rules{MinLength: MinLength}
	for _, password := range []string{"silmarillion", "Characteristically", "silmarillion1!", "(customizable)", "SILMARILLION2024"} {
		if err := r.Check(password, "", ""); err != errCommon { //nolint:errorlint // exactly this one
			t.Errorf("%q: %v", password, err)
		}
	}
	for _, password := range []string{"silmarillion customizable", "xsilmarillionx", "seven-quiet-herons-42"} {
		if err := r.Check(password, "", ""); err != nil {
			t.Errorf("%q: %v", password, err)
		}
	}
}

// A stolen password is the only one that a lookup knows.
type stolen string

func (s stolen) Contains(password string) bool { return password == string(s) }

func TestBreached(t *testing.T) {
	const password = "seven-quiet-herons-42"
	if err := (Rules{MinLength: MinLength, Breached: stolen(password)}).Check(password, "", ""); err != errBreached { //nolint:errorlint // exactly this one
		t.Errorf("a stolen password: %v", err)
	}
	if err := (Rules{MinLength: MinLength, Breached: stolen("another")}).Check(password, "", ""); err != nil {
		t.Errorf("another: %v", err)
	}
}
