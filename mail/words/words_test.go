package words_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"gatehouse/auth/bymail"
	"gatehouse/mail/words"
)

func read(t *testing.T, files map[string]string) *words.Words {
	t.Helper()
	w, err := words.Read("Example", dir(files))
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func dir(files map[string]string) fstest.MapFS {
	fs := fstest.MapFS{}
	for name, content := range files {
		fs[name] = &fstest.MapFile{Data: []byte(content)}
	}
	return fs
}

func write(t *testing.T, w *words.Words, l *bymail.Letter) *words.Written {
	t.Helper()
	written, err := w.Write(l)
	if err != nil {
		t.Fatal(err)
	}
	return written
}

// TestEveryMail writes each kind in each language: both parts say the same, with the same
// link, and name no other host.
func TestEveryMail(t *testing.T) {
	w := read(t, nil)
	for _, language := range w.Languages() {
		for _, kind := range bymail.Kinds() {
			l := bymail.Sample(kind, language)
			got := write(t, w, l)
			hosts := strings.Count(got.HTML, "//") - strings.Count(got.HTML, "//id.example.com/")
			if got.Subject == "" || strings.Contains(got.Subject+got.Text+got.HTML, "{{") || hosts != 0 || !strings.Contains(got.HTML, `lang="`+language+`"`) {
				t.Errorf("%s, %s: %+v", language, kind, got)
			}
			if l.Link != "" && (!strings.Contains(got.Text, l.Link) || strings.Count(got.HTML, l.Link) != 3) {
				t.Errorf("%s, %s: not the link %s", language, kind, l.Link)
			}
			if strings.Contains(got.HTML, "<img") || strings.Contains(got.HTML, "src=") {
				t.Errorf("%s, %s: the mail loads something", language, kind)
			}
		}
	}
}

func TestLanguage(t *testing.T) {
	w := read(t, map[string]string{"pt-BR.json": strings.NewReplacer("Hello,", "Oi,").Replace(english(t))})
	for locale, want := range map[string]string{
		"": "Hello,", "en": "Hello,", "de": "Guten Tag,", "de-AT": "Guten Tag,", "DE": "Guten Tag,", "fr": "Hello,", "pt-br": "Oi,", "pt": "Hello,", "x": "Hello,",
	} {
		if got := write(t, w, bymail.Sample(bymail.MailInvitation, locale)); !strings.HasPrefix(got.Text, want) {
			t.Errorf("%q: %.20q, want %q", locale, got.Text, want)
		}
	}
}

// english returns the file of English words.
func english(t *testing.T) string {
	t.Helper()
	content, err := words.English()
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func TestReplacedWords(t *testing.T) {
	w := read(t, map[string]string{
		"en.json":    `{"hello_unnamed": "Hi.", "mails": {"invitation": {"subject": "Come to {{.Service}}", "text": ["Come, {{.To}}."], "button": "Come"}}}`,
		"layout.txt": "{{.Hello}}{{range .Text}} {{.}}{{end}} {{.Link}} {{.Code}}",
		".gitignore": "anything",
	})
	if got := write(t, w, bymail.Sample(bymail.MailInvitation, "")); got.Subject != "Come to Example" || !strings.HasPrefix(got.Text, "Hi. Come, ada@example.com. https://") {
		t.Errorf("%+v", got)
	}
	if got := write(t, w, bymail.Sample(bymail.MailLogin, "")); !strings.Contains(got.Subject, "Log in") {
		t.Errorf("the other words are gone: %+v", got)
	}
}

// TestBadFiles: a file that is wrong stops the start, and the error names it.
func TestBadFiles(t *testing.T) {
	for name, tt := range map[string]struct{ file, content, want string }{
		"not JSON":             {"en.json", `{`, "en.json"},
		"two objects":          {"en.json", `{} {}`, "en.json"},
		"an unknown word":      {"en.json", `{"helo": "x"}`, "helo"},
		"an unknown mail":      {"en.json", `{"mails": {"newsletter": {"subject": "x", "text": ["x"]}}}`, "newsletter"},
		"an unknown field":     {"en.json", `{"hello": "Hello {{.Nme}}"}`, "Nme"},
		"a template":           {"de.json", `{"valid": "{{.Valid"}`, "de.json"},
		"words that lack":      {"fr.json", `{"hello": "Bonjour"}`, "fr.json"},
		"no button":            {"en.json", `{"mails": {"login": {"subject": "x", "text": ["x"]}}}`, "login"},
		"a layout":             {"layout.html", `{{range}}`, "layout.html"},
		"a layout's field":     {"layout.txt", `{{.Nothing}}`, "Nothing"},
		"a layout sans link":   {"layout.txt", `{{.Hello}}`, "link"},
		"a layout sans code":   {"layout.html", `<a href="{{.Link}}">{{.Link}}</a>`, "code"},
		"a file of other kind": {"logo.png", ``, "logo.png"},
	} {
		if _, err := words.Read("Example", dir(map[string]string{tt.file: tt.content})); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestWhatPeopleType: an address can't add markup, and a subject is one line.
func TestWhatPeopleType(t *testing.T) {
	l := bymail.Sample(bymail.MailEmailChanged, "")
	l.To, l.New, l.Name = `"<b>x</b>"@example.com`, `"<script>"@example.com`, "<i>Ada</i>"
	got := write(t, read(t, nil), l)
	if strings.Contains(got.HTML, "<script>") || strings.Contains(got.HTML, "<i>") || strings.Contains(got.HTML, "<b>") {
		t.Errorf("%s", got.HTML)
	}
	w, err := words.Read("Ex\r\nBcc: eve@example.com", nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := write(t, w, bymail.Sample(bymail.MailLogin, "")); strings.ContainsAny(got.Subject, "\r\n") {
		t.Errorf("%q", got.Subject)
	}
}
