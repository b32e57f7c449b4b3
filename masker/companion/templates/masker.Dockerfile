# Written by `masker init`: an image that refreshes the preview, for Kamal, ECS, Cloud Run jobs, Render's cron jobs.
#   docker build -f masker.Dockerfile -t @@PREVIEW@@-masker .
#   docker run --rm -e PRODUCTION_DATABASE_URL -e PREVIEW_DATABASE_URL -e PREVIEW_PASSWORD@@KEY@@ @@PREVIEW@@-masker
FROM python:3.12-slim-bookworm
RUN apt-get update -qq \
 && apt-get install -y -qq --no-install-recommends postgresql-common ca-certificates \
 && /usr/share/postgresql-common/pgdg/apt.postgresql.org.sh -y \
 && apt-get install -y -qq --no-install-recommends postgresql-client-17 \
 && rm -rf /var/lib/apt/lists/*
RUN pip install --no-cache-dir 'rails-masker[rails,s3]'
RUN useradd --create-home masker
USER masker
WORKDIR /home/masker
COPY --chown=masker masker.yml ./
# No more of config/ than masker reads: it holds keys of production's, too.
COPY --chown=masker config/mask*.* @@STORAGE@@./config/
COPY --chown=masker db ./db
ENTRYPOINT ["masker"]
CMD ["refresh", "-c", "masker.yml", @@CONFIRM@@, "--log-format", "logfmt"]
