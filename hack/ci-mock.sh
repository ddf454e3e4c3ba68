#!/usr/bin/env bash
# Plays the CI of the getting-started guide: builds an image with a random commit and pushes it. See --help.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
exec node "$root/node_modules/tsx/dist/cli.mjs" "$root/hack/ci-mock.ts" "$@"
