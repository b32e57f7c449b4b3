#!/usr/bin/env bash
# Written by `masker init`: prepares the preview's application on Heroku, once.   bash bin/masker-heroku app-preview
set -euo pipefail
app=${1:?"usage: bash bin/masker-heroku PREVIEW_APP"}

# Python first, so that requirements.txt and .python-version bring masker; Ruby stays the application's own.
heroku buildpacks:add --index 1 heroku/python --app "$app"
heroku config:set MASKER_PREVIEW=1 --app "$app"
for name in PRODUCTION_DATABASE_URL PREVIEW_PASSWORD; do
  heroku config:get "$name" --app "$app" | grep -q . || echo "missing: heroku config:set $name=… --app $app"
done
echo "then: heroku run --app $app bin/rails masker:doctor"
