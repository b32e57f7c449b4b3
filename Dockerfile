FROM python:3.13-slim

# pg_dump has to be no older than the newest source.
RUN apt-get update \
 && apt-get install -y --no-install-recommends postgresql-common ca-certificates \
 && /usr/share/postgresql-common/pgdg/apt.postgresql.org.sh -y \
 && apt-get install -y --no-install-recommends postgresql-client-18 \
 && rm -rf /var/lib/apt/lists/*

COPY . /src
RUN pip install --no-cache-dir '/src[s3]' && rm -rf /src

# Settings, rule files and the state of syncs are mounted here.
WORKDIR /srv/masker
RUN useradd masker && chown masker /srv/masker
USER masker
ENTRYPOINT ["masker"]
