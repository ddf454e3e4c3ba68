#!/bin/sh
# Installs, from Debian, the servers that `npm run e2e` starts. Needs root; does nothing when all are there.
set -eu

packages='etcd-server docker-registry openssh-server openssh-client memcached gnupg git-secret docker.io prometheus'

missing=
for package in $packages; do
  dpkg-query --show --showformat='${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

# The suite starts its own servers, on ports of its own: those of the packages stay off.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
  trap 'rm -f "$policy"' EXIT
fi
apt-get update --quiet=2
# shellcheck disable=SC2086
DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet=2 --no-install-recommends $missing
