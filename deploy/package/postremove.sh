#!/bin/sh
# The user and /var/lib/gatehouse stay: an embedded database may be in there.
set -e

if [ -d /run/systemd/system ]; then
	systemctl daemon-reload
fi
