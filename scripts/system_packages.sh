#!/bin/sh
# The programs that the tests use besides Python: installed when they are missing and we may, else the one command is told.
# usage: scripts/system_packages.sh [pictures]     with a font that has emoji, for screenshots
set -eu

missing=
need() { # PROGRAM PACKAGE
    PATH=$PATH:/usr/sbin command -v "$1" >/dev/null 2>&1 || missing="$missing $2"
}
need chromium chromium
need redis-server redis-server
need nginx nginx
need openssl openssl
need faketime faketime
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then # without it, rows of the fault matrix say so
    need ip iproute2
fi
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null 2>&1 || missing="$missing postgresql"

need pg_dump postgresql-client
if [ "${1:-}" = pictures ] && ! ls /usr/share/fonts/*/*/*[Ee]moji*.ttf >/dev/null 2>&1; then
    missing="$missing fonts-noto-color-emoji"
fi

[ -n "$missing" ] || exit 0
command="apt-get install --yes$missing"
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing$missing …"
    apt-get update -qq
    # Nobody asks us questions, and no service of the system's is started: the tests start their own.
    if [ ! -e /usr/sbin/policy-rc.d ]; then
        printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
        chmod +x /usr/sbin/policy-rc.d
        trap 'rm -f /usr/sbin/policy-rc.d' EXIT
    fi
    DEBIAN_FRONTEND=noninteractive $command -qq >/dev/null || {
        echo "The tests need$missing; this failed: $command" >&2
        exit 2
    }
else
    echo "The tests need$missing: run “sudo $command” and try again." >&2
    exit 2
fi
