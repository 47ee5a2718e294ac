package password

import (
	"math/rand/v2"
	"strings"
	"testing"
)

func TestCommon(t *testing.T) {
	tests := []struct {
		kind    string
		refused []string
		allowed []string // similar, but not common
	}{
		{
			"a word of the lists, alone or in padding",
			[]string{
				"password", "PASSWORD", "masturbation", "administrator", "unbelievable", "mychemicalromance", "gatehouse",
				"password1234", "Password2024!", "123password!", "!!!password!!!", "love19850412", "??love??1985", "love&)#!=?(/", "password 1234", "password😀😀😀😀",
				"Christopher85", "liverpool!2024", "welcome-2025-welcome",
			},
			[]string{"pasword-vkz1", "password1234v", "xpassword1234", "pass1w2o3r4d5", "love&)#!=?(/%", "??l0ve??1985"},
		},
		{
			"two words",
			[]string{"passwordsecret", "sunshinemonkey", "dragon!monkey!77", "letmein letmein", "jessicamichael"},
			[]string{"sunshinedragonmonkey", "correct horse battery", "sunshine vkz monkey"},
		},
		{
			"in disguise",
			[]string{"p4ssw0rd1234", "P@$$w0rd2024", "p@55w0rd!!!!", "5unsh1nem0nkey", "l1verp00l2024", "1loveyou1985", "w3lc0me2025!", "1iverpoo1!77"},
			[]string{"p2ssw9rd1234", "sun5hine vk monkey"},
		},
		{
			"runs",
			[]string{
				"123456789012", "1234567890123456", "0987654321098", "abcdefghijkl", "zyxwvutsrqpo", "qwertyuiopas", "QWERTYUIOP[]", "poiuytrewq123",
				"qwertzuiopas", "azertyuiopqs", "1qaz2wsx3edc", "zaq12wsxcde3", "1q2w3e4r5t6y", "q1w2e3r4t5y6", "qazwsxedcrfv", "!qaz@wsx#edc",
				"112233445566", "a1b2c3d4e5f6", "010203040506", "1234567890!@#$%^", "asdfghjkl;'zxc", "147258369147", "qwerty-asdfgh-2024",
			},
			[]string{"123491827364", "abvkdefzghiq", "qwazesxrdctf", "198504121985"},
		},
		{
			"runs and words",
			[]string{"passwordqwerty", "abcdefpassword", "qwerty1234567!", "iloveyouaaaaaa", "monkeyabc12345"},
			[]string{"passwordqwertyabc", "abcvkzpassword"},
		},
		{
			"other scripts",
			[]string{"password١٢٣٤", "«password»2024", "ääääääääääää1", "ммммммммм123"},
			[]string{"passwordпароль", "pässword1234", "ÿpassword1234", "пароль123456"},
		},
		{
			"signs outside of ASCII",
			[]string{"password→", "→password←2024", "😀😀😀😀😀😀😀😀123", "love❤️❤️❤️❤️❤️❤️", "👨‍👩‍👧👨‍👩‍👧👨‍👩‍👧love2024", "→→→→→→→→→→→→"},
			[]string{"→←↑↓↔↕↖↗↘↙⇐⇒", "password→←↑↓", "🐙🎸🏔🌵🦊🧀love", "→←↑↓1234", "😀😎🎉🚀🌈🍕🐙🎸🏔🌵🦊🧀", "👍🏻👍🏼👍🏽👍🏾👍🏿👎🏻", "§¶†‡•…‰‹›⁄€™"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.kind, func(t *testing.T) {
			for _, password := range tt.refused {
				if !common(password) {
					t.Errorf("%q passes", password)
				}
			}
			for _, password := range tt.allowed {
				if common(password) {
					t.Errorf("%q is refused", password)
				}
			}
		})
	}
}

// TestCommonKnowsItsLists: every listed word is refused, alone and, unless it
// is only signs, with signs around it.
func TestCommonKnowsItsLists(t *testing.T) {
	for _, list := range []wordlist{commonWords, contextWords} {
		for word := range strings.Lines(string(list)) {
			word = strings.TrimSuffix(word, "\n")
			tries := []string{word, strings.ToUpper(word)}
			if strings.ContainsAny(word, "abcdefghijklmnopqrstuvwxyz0123456789") {
				tries = append(tries, "!"+word+"!!")
			}
			for _, password := range tries {
				if !common(password) {
					t.Errorf("%q passes", password)
				}
			}
		}
	}
}

// TestCommonLetsRandomOnesPass: all passwords of a password manager must be
// accepted: 12 lower-case letters, or 12 printable characters.
func TestCommonLetsRandomOnesPass(t *testing.T) {
	source := rand.New(rand.NewPCG(1, 2))
	for range 20000 {
		small, printable := make([]byte, 12), make([]byte, 12)
		for i := range small {
			small[i], printable[i] = 'a'+byte(source.IntN(26)), '!'+byte(source.IntN(94))
		}
		for _, password := range []string{string(small), string(printable)} {
			if common(password) || repeated(password) {
				t.Errorf("%q is refused", password)
			}
		}
	}
}

func BenchmarkCheck(b *testing.B) {
	rules := Rules{MinLength: 12, Method: Argon2id}
	for name, password := range map[string]string{
		"random":     "vK9zqm!wdr7T",
		"passphrase": "correct horse battery staple",
		"worst":      strings.Repeat("1234567890abcdef", 7) + "1qaz2wsx3edc4rfx",
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_ = rules.Check(password, "anna@example.com", "Anna Smith")
			}
		})
	}
}
