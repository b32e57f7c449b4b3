#!/usr/bin/env bash
# Written by `masker init`: prepares the preview's application on Heroku, once.   bash bin/masker-heroku app-preview
set -euo pipefail
app=${1:?"usage: bash bin/masker-heroku PREVIEW_APP"}

# MASKER_PREVIEW would keep production from starting, and its rake tasks write to the application's own database.
# A database is the same by whatever user it is named.
place() { local url=${1##*@}; printf '%s' "${url%%\?*}"; }
own=$(heroku config:get DATABASE_URL --app "$app")
for production in "${PRODUCTION_DATABASE_URL:-}" "$(heroku config:get PRODUCTION_DATABASE_URL --app "$app")"; do
  if [ -n "$own" ] && [ "$(place "$own")" = "$(place "$production")" ]; then
    echo "masker-heroku: $app is production: its DATABASE_URL is of the database of PRODUCTION_DATABASE_URL; nothing was changed" >&2
    exit 9
  fi
done
printf '%s' "$app gets MASKER_PREVIEW=1; if it is the preview, its name once more: "
read -r again || true
if [ "$again" != "$app" ]; then
  echo "masker-heroku: that is not $app; nothing was changed" >&2
  exit 9
fi

# Python first, so that requirements.txt and .python-version bring masker; Ruby stays the application's own.
heroku buildpacks:add --index 1 heroku/python --app "$app"
heroku config:set MASKER_PREVIEW=1 --app "$app"
for name in PRODUCTION_DATABASE_URL PREVIEW_PASSWORD@@KEY@@; do
  heroku config:get "$name" --app "$app" | grep -q . || echo "missing: heroku config:set $name=… --app $app"
done
echo "then: heroku run --app $app bin/rails masker:doctor"
