package deploy

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"gatehouse/test/harness"
	"gatehouse/test/smtptest"
)

// postfix starts a Postfix of its own that takes mail for example.com on an address, by STARTTLS
// only, and delivers it into a maildir. Recipients of other domains are refused; "later" is put
// off, and "gone" is unknown. It returns the folder of what arrived.
func postfix(t *testing.T, dir, address, certificate, key string) (arrived string) {
	t.Helper()
	keeper, err := user.Lookup("postfix")
	if err != nil {
		t.Fatal(err)
	}
	uid, _ := strconv.Atoi(keeper.Uid)
	gid, _ := strconv.Atoi(keeper.Gid)
	for _, name := range []string{"etc", "queue", "data", "mail"} {
		path := filepath.Join(dir, name)
		if err := os.Mkdir(path, 0o755); err != nil {
			t.Fatal(err)
		}
		if name == "data" || name == "mail" {
			if err := os.Chown(path, uid, gid); err != nil {
				t.Fatal(err)
			}
		}
	}
	etc := filepath.Join(dir, "etc")
	write(t, filepath.Join(etc, "main.cf"), fmt.Sprintf(`compatibility_level = 3.6
queue_directory = %[1]s/queue
data_directory = %[1]s/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
maillog_file_prefixes = %[1]s
maillog_file = %[1]s/log
inet_interfaces = 127.0.0.1
myhostname = mail.example.com
mydestination =
virtual_mailbox_domains = example.com
virtual_mailbox_base = %[1]s/mail
virtual_mailbox_maps = static:all/
virtual_uid_maps = static:%[2]d
virtual_gid_maps = static:%[3]d
smtpd_tls_security_level = encrypt
smtpd_tls_cert_file = %[4]s
smtpd_tls_key_file = %[5]s
smtpd_recipient_restrictions = check_recipient_access inline:{ {later@example.com = 450 4.7.1 later}, {gone@example.com = 550 5.1.1 unknown} }, reject_unauth_destination
smtpd_relay_restrictions = reject_unauth_destination
`, dir, uid, gid, certificate, key))
	write(t, filepath.Join(etc, "master.cf"), address+` inet n - n - - smtpd
postlog unix-dgram n - n - 1 postlogd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
`)
	cmd := exec.Command("postfix", "-c", etc, "start")
	if output, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	t.Cleanup(func() {
		_, _ = run(t, dir, "", "postfix", "-c", etc, "abort")
		if text, err := os.ReadFile(filepath.Join(dir, "log")); t.Failed() {
			t.Logf("%v\n%s", err, text)
		}
	})
	return filepath.Join(dir, "mail", "all", "new")
}

// TestPostfix: a mail of the service arrives as it was written, and what Postfix refuses or
// puts off is told apart.
func TestPostfix(t *testing.T) {
	needs(t, "postfix")
	if os.Geteuid() != 0 {
		t.Skip("Postfix starts as root only")
	}
	dir, address := harness.Folder(t), harness.FreeAddress(t)
	_, certificate, key := selfSigned(t, dir)
	arrived := postfix(t, dir, address, certificate, key)
	_, port, _ := net.SplitHostPort(address)

	s := harness.Launch(t, harness.Folder(t), "SMTP_URL=smtp://localhost:"+port, "MAIL_FROM=Exämple <no-reply@example.com>", "SSL_CERT_FILE="+certificate,
		"REGISTRATION=by-email")
	for _, name := range []string{"ada", "later", "gone", "émile"} {
		s.Client.Ask(t, "", `mutation($email: String!) { requestRegistration(email: $email) }`, harness.Vars{"email": name + "@example.com"}).Must(t)
	}
	var files []os.DirEntry
	harness.Eventually(t, "two mails arrive, and two do not", func() bool {
		files, _ = os.ReadDir(arrived)
		return len(files) == 2 && strings.Contains(s.Output(), "450 4.7.1") && strings.Contains(s.Output(), "550 5.1.1")
	})
	for _, file := range files {
		content, err := os.ReadFile(filepath.Join(arrived, file.Name()))
		if err != nil {
			t.Fatal(err)
		}
		m, err := smtptest.Parse(content)
		if err != nil {
			t.Fatal(err)
		}
		to, email := m.Header.Get("To"), m.Header.Get("X-Original-To")
		if m.Subject != "Create your account at Exämple" || m.Header.Get("Return-Path") != "<no-reply@example.com>" || to != "<"+email+">" {
			t.Errorf("%q to %q for %q from %q", m.Subject, to, email, m.Header.Get("Return-Path"))
		}
		s.Client.Ask(t, "", `mutation($input: FinishRegistrationInput!) { finishRegistration(input: $input) { user { id } } }`,
			harness.Vars{"input": harness.Vars{"proof": m.Proof(), "password": harness.AdaPassword}}).Must(t)
	}
}
