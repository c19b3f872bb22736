#!/bin/sh
# Installs a release on this machine, or updates to it, and starts it. Run as root on the server:
#   install.sh FOLDER    what "npm run image:files -- FOLDER" made; FOLDER may be removed afterwards
#   install.sh --back    go back to the release before
set -eu

home=/opt/livelens
state=/var/lib/livelens

fail() {
  echo "install.sh: $*" >&2
  exit 1
}

# Waits for the release that is current, at most a minute.
wait_ready() {
  for _ in $(seq 60); do
    if curl -fsS -o /dev/null http://127.0.0.1:3000/readyz 2>/dev/null; then return 0; fi
    sleep 1
  done
  return 1
}

# In one step, so that there is a current release at every moment.
point_to() {
  ln -sfn "$1" "$home/next"
  mv -T "$home/next" "$home/current"
}

[ "$(id -u)" = 0 ] || fail 'run it as root.'
[ $# = 1 ] || fail 'usage: install.sh FOLDER, or install.sh --back'
old=$(readlink "$home/current" || true)

if [ "$1" = --back ]; then
  release=$(readlink "$home/previous") || fail 'there is no release to go back to.'
else
  [ -f "$1/dist/server/main.js" ] || fail "$1 has no dist/server/main.js. \"npm run image:files -- $1\" makes it."
  release=$home/releases/$(date -u +%Y%m%d-%H%M%S)
  id livelens >/dev/null 2>&1 || useradd --system --home-dir "$state" --shell /usr/sbin/nologin livelens
  mkdir -p "$home/releases"
  cp -R "$1" "$release"
  chown -R root:root "$release"
  chmod -R u=rwX,go=rX "$release"
  # Models that were added later stay; a new release brings only those that are not there.
  install -d -o livelens -g livelens -m 0750 "$state" "$state/models"
  for model in "$release"/models/*/; do
    name=$(basename "$model")
    [ -e "$state/models/$name" ] || cp -R "$model" "$state/models/$name"
  done
  chown -R livelens:livelens "$state/models"
fi

point_to "$release"
[ -z "$old" ] || [ "$old" = "$release" ] || ln -sfn "$old" "$home/previous"
systemctl enable livelens
systemctl restart livelens
if wait_ready; then
  echo "Livelens runs: $release"
  exit 0
fi
journalctl -u livelens -n 20 --no-pager >&2
if [ -n "$old" ] && [ "$old" != "$release" ]; then
  point_to "$old"
  systemctl restart livelens
  fail "$release did not get ready; $old runs again."
fi
fail "$release did not get ready."
