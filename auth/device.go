package auth

import (
	"strings"

	"github.com/mileusna/useragent"
)

// Device names what uses the session as a person would: "Firefox on Windows", "Safari on iPhone". It is made of the header User-Agent, which
// says what its sender likes.
func (s *Session) Device() string {
	ua := useragent.Parse(strings.TrimSpace(s.UserAgent))
	system := ua.OS
	if len(ua.Device) > 1 { // browsers that hide the model say "K"
		system = ua.Device
	}
	switch {
	case ua.Name == "" && system == "":
		return "Unknown device"
	case ua.Name == "":
		return system
	case system == "":
		return ua.Name
	}
	return ua.Name + " on " + system
}
