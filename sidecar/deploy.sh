#!/bin/sh
# For hands that know the name: deploys this sidecar. Same as `timmy deploy`; every flag is passed on.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
if command -v timmy >/dev/null 2>&1; then
  exec timmy deploy --sidecar "$here" "$@"
fi
if [ -x "$here/../bin/timmy" ]; then
  exec "$here/../bin/timmy" deploy --sidecar "$here" "$@"
fi
echo "deploy.sh: timmy is not on PATH. Install it: npm install --global timmy-config" >&2
exit 4
