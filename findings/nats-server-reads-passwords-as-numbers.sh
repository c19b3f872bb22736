#!/usr/bin/env bash
# nats-server 2.9.10 (Debian 12)
#
# Expected: `password: $PASSWORD` in its configuration takes the environment variable as the text that it is.
# Behaviour: the text is parsed as a value of the configuration. `1e5…` is an error of syntax, `123` and `5k` are integers, on which the
#   server stops with "interface conversion"; `3fa2` is a text.
# Consequence: with passwords from `openssl rand -hex 16`, one server in ten does not start, and only after a password was
#   changed.
# In Livelens: the passwords of deploy/ begin with a letter (docs/many-machines.md).
set -euo pipefail
command -v nats-server >/dev/null || PATH="$PATH:/usr/sbin"
command -v nats-server >/dev/null || { echo 'Skipped: nats-server is not installed.'; exit 0; }
nats-server --version

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
# shellcheck disable=SC2016 # NATS reads the variable.
printf 'authorization { user: lens, password: $PASSWORD }\n' >"$dir/nats.conf"

failed=0
expect() {
  local outcome=refused
  if PASSWORD="$2" nats-server -t -c "$dir/nats.conf" >/dev/null 2>&1; then outcome=taken; fi
  echo "$2: $outcome"
  [ "$outcome" = "$1" ] || failed=1
}
expect refused 7e12345678abcdef12345678abcdef12
expect refused 123456789012
expect refused 5k
expect taken 3fa2c1d099
expect taken p7e12345678abcdef12345678abcdef12

[ "$failed" = 0 ] && echo 'As described.' || echo 'CHANGED: see above.'
exit "$failed"
