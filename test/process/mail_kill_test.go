package process_test

import (
	"database/sql"
	"fmt"
	"testing"

	"gatehouse/store/storetest"
	"gatehouse/test/harness"
	"gatehouse/test/smtptest"
)

// TestKilledWhileItSends kills a replica between the mail server's taking a mail and its
// answer. Another one sends what waits. No mail is lost, and only the one under way is sent
// twice, with the same link and Message-ID.
func TestKilledWhileItSends(t *testing.T) {
	const addresses = 5
	server := smtptest.Start(t, smtptest.Options{Answers: []smtptest.Answer{{}, {After: "DATA", Hang: true}}})
	dsn := storetest.DSN(t)
	environ := harness.Environ(dsn, "SHUTDOWN_DELAY=0s", "REGISTRATION=by-email", "SMTP_URL=smtp://"+server.Address+"?tls=none", "MAIL_FROM=no-reply@example.com")
	first := harness.Launch(t, harness.Folder(t), environ...)
	for i := range addresses {
		first.Client.Ask(t, "", `mutation($email: String!) { requestRegistration(email: $email) }`,
			harness.Vars{"email": fmt.Sprintf("person%d@example.com", i)}).Must(t)
	}
	server.Await(t)
	server.Await(t) // which gets no answer
	first.Kill()
	if err := first.Wait(); err == nil {
		t.Error("the replica ended by itself")
	}
	db, err := sql.Open("postgres", dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	harness.Launch(t, harness.Folder(t), environ...)
	for range addresses - 2 {
		server.Await(t) // the mails that no replica had taken
	}
	// The time passes for which the one under way is the first replica's.
	if _, err := db.ExecContext(t.Context(), `UPDATE mails SET due_at = now() WHERE sent_at IS NULL`); err != nil {
		t.Fatal(err)
	}
	server.Await(t)
	harness.Eventually(t, "all are noted", func() bool {
		var waiting int
		err := db.QueryRowContext(t.Context(), `SELECT count(*) FROM mails WHERE sent_at IS NULL`).Scan(&waiting)
		return err == nil && waiting == 0
	})
	mails := map[string][]smtptest.Mail{}
	for _, m := range server.Mails() {
		mails[m.To[0]] = append(mails[m.To[0]], m)
	}
	twice := server.Mails()[1].To[0]
	for i := range addresses {
		to := fmt.Sprintf("person%d@example.com", i)
		got := mails[to]
		switch {
		case to != twice && len(got) != 1:
			t.Errorf("%d mails to %s", len(got), to)
		case to == twice && (len(got) != 2 || got[0].Link() == "" || got[0].Link() != got[1].Link() || got[0].Header.Get("Message-Id") != got[1].Header.Get("Message-Id")):
			t.Errorf("of the mail under way, %d: %+v", len(got), got)
		}
	}
}
