package pages

import "gatehouse/auth/oauth/authorization"

func german() *words {
	return &words{
		Language: "de", DateLayout: "02.01.2006",

		LogIn: "Anmelden", LogInFor: "%s bittet Sie, sich anzumelden.", Email: "E-Mail-Adresse", Password: "Passwort",
		Wrong:    "Die E-Mail-Adresse oder das Passwort ist falsch.",
		TooMany:  "Zu viele Versuche. Versuchen Sie es in %d Sekunden noch einmal.",
		Unproved: "Öffnen Sie zuerst den Link, den wir gerade an Ihre E-Mail-Adresse geschickt haben. Melden Sie sich danach hier an.",
		Forgot:   "Passwort vergessen?", Register: "Konto anlegen",

		SecondFactor: "Zweiter Faktor", AppCode: "Code aus Ihrer Authenticator-App", RecoveryCode: "Wiederherstellungscode",
		UseCode:         "Wiederherstellungscode benutzen",
		RecoveryInstead: "Stattdessen einen Wiederherstellungscode eingeben",
		WrongCode:       "Der Code ist falsch oder wurde schon benutzt.",
		WrongPasskey:    "Dieser Passkey wurde nicht angenommen. Verwenden Sie einen anderen, oder wählen Sie einen anderen Weg.",
		UsePasskey:      "Passkey verwenden", PasskeyText: "Ihr Gerät fragt nach Fingerabdruck, Gesicht oder PIN.",
		PasskeyUnused: "Es wurde kein Passkey verwendet. Versuchen Sie es noch einmal, oder wählen Sie einen anderen Weg.",
		NoPasskey:     "Ihr Konto hat einen Passkey, und dieser Browser kann ihn nicht verwenden. Schalten Sie Skripte ein, oder nehmen Sie einen anderen.",
		ChallengeOver: "Es hat zu lange gedauert, oder zu oft wurde ein falscher Code eingegeben. Melden Sie sich noch einmal an.",
		NoFactor:      "Ihr Konto braucht einen zweiten Faktor. Richten Sie ihn auf der Seite Ihres Kontos ein, und melden Sie sich danach hier an.",
		SetUpFactor:   "Zweiten Faktor einrichten",

		Allow: "Erlauben", Cancel: "Abbrechen", Wants: "%s möchte Ihr Konto benutzen",
		LoggedInAs: "Sie sind als %s angemeldet.", NotYou: "Sind Sie das nicht?", LeadsTo: "Danach kehren Sie zu %s zurück.",
		Local: "Dieses Programm gibt an, %s zu sein, und das kann jedes Programm auf diesem Computer. " +
			"Erlauben Sie es nur, wenn Sie es gerade selbst gestartet haben.",
		MayDo: "Die Anwendung kann dann", Untick: "Entfernen Sie das Häkchen bei allem, was Sie nicht erlauben möchten.", Fields: "Was das öffnet",
		New: "neu", NewSign: "Was seit Ihrer Erlaubnis neu ist, ist gekennzeichnet.",
		AllowedOn: "Sie haben es dieser Anwendung zuletzt am %s erlaubt.", Offline: "Verbunden bleiben, während Sie nicht da sind",
		Services: "Sie benutzt Ihr Konto auch bei:", OfService: "bei %s",
		Nothing: "Wählen Sie aus, was Sie erlauben möchten, oder brechen Sie ab.",
		Changed: "Was Sie erlauben sollen, hat sich geändert. Lesen Sie es noch einmal.",

		AskLogOut: "Abmelden?", AskLogOutText: "Sie sind als %s angemeldet. Mit dem Abmelden endet auch, was Sie in diesem Browser erlaubt haben.",
		LogOut: "Abmelden", Stay: "Angemeldet bleiben",
		LoggedOut: "Sie sind abgemeldet", LoggedOutText: "Sie können diese Seite schließen.",
		Stayed: "Sie sind weiterhin angemeldet", StayedText: "Sie können diese Seite schließen.",

		Onward: "Sie sind angemeldet", OnwardText: "Sie kehren zur Anwendung zurück.", OnwardLink: "Weiter",
		StartAgain: "Neu beginnen bei %s",

		BadRequest: "Das ist nicht lesbar", BadRequestText: "Die Adresse oder das Formular ist unvollständig. Beginnen Sie in der Anwendung noch einmal.",
		Busy: "Versuchen Sie es gleich noch einmal", BusyText: "Der Dienst ist ausgelastet. Versuchen Sie es gleich noch einmal.",
		Failed: "Etwas ist schiefgegangen", FailedText: "Der Dienst hat versagt. Versuchen Sie es gleich noch einmal.",

		Problems: germanProblems(),
	}
}

func germanProblems() map[authorization.Problem][2]string {
	return map[authorization.Problem][2]string{
		authorization.UnknownClient: {
			"Unbekannte Anwendung",
			"Die Anwendung, die Sie hierher geschickt hat, ist unbekannt oder abgeschaltet. Fragen Sie ihre Betreiber.",
		},
		authorization.BadRedirect: {
			"Diese Anwendung ist nicht richtig eingerichtet",
			"Die Adresse, zu der Sie zurückkehren würden, fehlt oder ist nicht registriert. Fragen Sie die Betreiber der Anwendung.",
		},
		authorization.ExpiredRequest: {"Diese Seite ist abgelaufen", "Es hat zu lange gedauert. Beginnen Sie in der Anwendung noch einmal."},
		authorization.OtherBrowser: {
			"Diese Seite gehört zu einem anderen Browser",
			"Beginnen Sie in der Anwendung noch einmal, in diesem Browser, und lassen Sie ihn Cookies behalten.",
		},
		authorization.AnsweredBefore: {"Sie haben schon geantwortet", "Gehen Sie zurück zur Anwendung, oder beginnen Sie dort noch einmal."},
		authorization.BadLogout: {
			"Sie können nicht zurückgeschickt werden",
			"Die Anwendung, die Sie hierher geschickt hat, meldet Sie auf eine Weise ab, die nicht registriert ist. Sie sind nicht abgemeldet.",
		},
		authorization.BadForm: {"Dieses Formular kam von einer anderen Seite", "Es ist nichts geschehen. Beginnen Sie in der Anwendung noch einmal."},
	}
}
