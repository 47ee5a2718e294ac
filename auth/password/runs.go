package password

// shortestRun is the minimum length of a run.
const shortestRun = 3

// rows are the sequences that people type: digits, the alphabet, and paths
// across an English, German or French keyboard. Digits and letters are there
// twice because they wrap around.
var rows = [...]string{
	"01234567890123456789",
	"001122334455667788990011223344",
	"0102030405060708091011121314151617181920",
	"102938475657483920",
	"147258369159357",
	"abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz",
	"aabbccddeeffgghhiijjkkllmmnnooppqqrrssttuuvvwwxxyyzz",
	"a1b2c3d4e5f6g7h8i9j0k1l2m3",
	"1a2b3c4d5e6f7g8h9i0j1k2l3m",
	"1234567890-=qwertyuiop[]asdfghjkl;'zxcvbnm,./",
	"!@#$%^&*()_+",
	"qwertyuiopasdfghjklzxcvbnmqwertyuiop",
	"qwertzuiopasdfghjklyxcvbnm",
	"azertyuiopqsdfghjklmwxcvbn",
	"1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/",
	"1qazxsw23edcvfr45tgbnhy67ujm,ki89ol./;p0",
	"zaq1xsw2cde3vfr4bgt5nhy6mju7,ki8.lo9/;p0",
	"!qaz@wsx#edc$rfv%tgb^yhn&ujm*ik,(ol.)p;/",
	"qazwsxedcrfvtgbyhnujmikolp",
	"qweasdzxcrtyfghvbnuiojkl",
	"1q2w3e4r5t6y7u8i9o0p",
	"q1w2e3r4t5y6u7i8o9p0",
	"1w2e3r4t5y6u7i8o9p0",
	"qawsedrftgyhujikolp",
	"aqswdefrgthyjukilo",
}

// run returns how many characters at the start of the text are neighbors in one
// of the rows, in either direction, or are the same.
func run(text string) int {
	longest := 0
	for longest < len(text) && text[longest] == text[0] {
		longest++
	}
	for _, row := range rows {
		for at := range row {
			longest = max(longest, along(row, at, +1, text), along(row, at, -1, text))
		}
	}
	return longest
}

// along returns how many characters of the text follow each other in row, from
// at on.
func along(row string, at, step int, text string) int {
	n := 0
	for n < len(text) && at >= 0 && at < len(row) && row[at] == text[n] {
		at += step
		n++
	}
	return n
}
