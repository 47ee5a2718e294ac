package client

import (
	"strings"

	"github.com/mileusna/useragent"
)

// Device describes the client as a person would: "Firefox on Windows",
// "Safari on iPhone". It comes from the User-Agent header, which may say anything.
func (c Client) Device() string {
	ua := useragent.Parse(strings.TrimSpace(c.UserAgent))
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
