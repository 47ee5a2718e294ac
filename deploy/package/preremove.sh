#!/bin/sh
# Stops the service before its program is gone. An upgrade leaves it running.
set -e

case "$1" in
remove | 0)
	if [ -d /run/systemd/system ]; then
		systemctl disable --now gatehouse.service
	fi
	;;
esac
