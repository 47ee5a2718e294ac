#!/bin/sh
# Makes the service's user, and says what to do next. It neither starts the service
# nor restarts it: that migrates the database, and the operator chooses when.
set -e

if command -v systemd-sysusers >/dev/null; then
	systemd-sysusers gatehouse.conf
elif ! getent passwd gatehouse >/dev/null; then
	useradd --system --user-group --home-dir /var/lib/gatehouse --no-create-home --shell /sbin/nologin gatehouse
fi
if [ -d /run/systemd/system ]; then
	systemctl daemon-reload
fi

# dpkg passes "configure" and the version that was there before, rpm how many
# versions there are now.
case "$1:$2" in
configure: | 1:)
	cat <<'EOF'
Gatehouse is installed and not started. Next:
  1. edit /etc/gatehouse/gatehouse.env
  2. cd /etc/gatehouse && gatehouse config check
  3. systemctl enable --now gatehouse
  4. cd /etc/gatehouse && gatehouse user create EMAIL --role admin
EOF
	;;
configure:* | *)
	cat <<'EOF'
Gatehouse is upgraded and not restarted. Read what the changelog says of upgrading, make a
backup, and then: systemctl restart gatehouse
EOF
	;;
esac
