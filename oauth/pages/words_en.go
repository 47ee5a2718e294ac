package pages

import "gatehouse/auth/oauth/authorization"

func english() *words {
	return &words{
		Language: "en", DateLayout: "2 January 2006",

		LogIn: "Log in", LogInFor: "%s asks you to log in.", Email: "Email address", Password: "Password",
		Wrong:    "The email address or the password is wrong.",
		TooMany:  "Too many attempts. Try again in %d seconds.",
		Unproved: "First open the link that we have just sent to your email address. Then log in here.",
		Forgot:   "Forgot your password?", Register: "Create an account",

		SecondFactor: "Second factor", AppCode: "Code from your authenticator app", RecoveryCode: "Recovery code", UseCode: "Use a recovery code",
		RecoveryInstead: "Enter a recovery code instead",
		WrongCode:       "The code is wrong, or was used already.",
		WrongPasskey:    "This passkey was not accepted. Use another one, or choose another way.",
		UsePasskey:      "Use a passkey", PasskeyText: "Your device asks for your fingerprint, your face or its PIN.",
		PasskeyUnused: "No passkey was used. Try again, or choose another way.",
		NoPasskey:     "Your account has a passkey, which this browser can't use. Allow scripts, or take another browser.",
		ChallengeOver: "It took too long, or a wrong code was given too often. Log in again.",
		NoFactor:      "Your account needs a second factor. Set it up on the page of your account, then log in here.",
		SetUpFactor:   "Set up a second factor",

		Allow: "Allow", Cancel: "Cancel", Wants: "%s wants to use your account",
		LoggedInAs: "You are logged in as %s.", NotYou: "Not you?", LeadsTo: "Afterwards you go back to %s.",
		Local: "This program says that it is %s, and any program on this computer can say so. " +
			"Allow it only if you have just started it yourself.",
		MayDo: "It will be able to", Untick: "Untick what you don't want to allow.", Fields: "What it opens",
		New: "new", NewSign: "What is new since you allowed this application is marked.",
		AllowedOn: "You last allowed this application on %s.", Offline: "Stay connected while you are away",
		Services: "It will also use your account at:", OfService: "at %s",
		Nothing: "Tick what you want to allow, or cancel.",
		Changed: "What you are asked for has changed. Read it again.",

		AskLogOut: "Log out?", AskLogOutText: "You are logged in as %s. Logging out also ends what you allowed in this browser.",
		LogOut: "Log out", Stay: "Stay logged in",
		LoggedOut: "You are logged out", LoggedOutText: "You can close this page.",
		Stayed: "You are still logged in", StayedText: "You can close this page.",

		Onward: "You are logged in", OnwardText: "You are on your way back to the application.", OnwardLink: "Continue",
		StartAgain: "Start again at %s",

		BadRequest: "This can't be read", BadRequestText: "The address or the form is incomplete. Start again in the application.",
		Busy: "Try again in a moment", BusyText: "The service is busy. Try again in a moment.",
		Failed: "Something went wrong", FailedText: "The service failed. Try again in a moment.",

		Problems: englishProblems(),
	}
}

func englishProblems() map[authorization.Problem][2]string {
	return map[authorization.Problem][2]string{
		authorization.UnknownClient: {
			"Unknown application",
			"The application that sent you here is not known, or is switched off. Ask the people who run it.",
		},
		authorization.BadRedirect: {
			"This application is not set up correctly",
			"The address that you would go back to is missing or not registered. Ask the people who run the application.",
		},
		authorization.ExpiredRequest: {"This page has expired", "It took too long. Start again in the application."},
		authorization.OtherBrowser: {
			"This page belongs to another browser",
			"Start again in the application, in this browser, and let it keep cookies.",
		},
		authorization.AnsweredBefore: {"You have answered this already", "Go back to the application, or start again there."},
		authorization.BadLogout: {
			"You can't be sent back",
			"The application that sent you here asks for a logout in a way that is not registered. You are not logged out.",
		},
		authorization.BadForm: {"This form came from another site", "Nothing was done. Start again in the application."},
	}
}
