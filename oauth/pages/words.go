package pages

import "gatehouse/auth/oauth/authorization"

// words are what the pages say in one language. Those with a verb such as %s are formats.
type words struct {
	Language   string // a tag (RFC 5646)
	DateLayout string // of package time

	LogIn, LogInFor, Email, Password, Wrong, TooMany, Unproved string
	Forgot, Register                                           string

	SecondFactor, AppCode, RecoveryCode, UseCode string
	RecoveryInstead, WrongCode, WrongPasskey     string
	UsePasskey, PasskeyText, PasskeyUnused       string
	NoPasskey, ChallengeOver                     string
	NoFactor, SetUpFactor                        string

	Allow, Cancel, Wants, LoggedInAs, NotYou            string
	LeadsTo, Local, MayDo, Untick, Fields, New, NewSign string
	AllowedOn, Offline, Services, OfService             string
	Nothing, Changed                                    string

	AskLogOut, AskLogOutText, LogOut, Stay       string
	LoggedOut, LoggedOutText, Stayed, StayedText string

	Onward, OnwardText, OnwardLink, StartAgain string

	BadRequest, BadRequestText, Busy, BusyText, Failed, FailedText string

	Problems map[authorization.Problem][2]string // a title, and what to do
}

// languages are the languages that the pages speak, the default first.
func languages() []*words { return []*words{english(), german()} }

// Languages returns the tags of the languages that the pages speak (ui_locales_supported).
func Languages() (tags []string) {
	for _, w := range languages() {
		tags = append(tags, w.Language)
	}
	return tags
}
