package words

// English returns the file of English words.
func English() (string, error) {
	content, err := own.ReadFile("en.json")
	return string(content), err
}
