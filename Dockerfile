# One image for the site, the worker and beat; docker-compose.yml says which runs what.
FROM python:3.11-slim-bookworm AS base
ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PORTAL_DATA_DIR=/srv/portal/data PORTAL_FONT_DIR=/srv/portal/fonts
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        fontconfig libharfbuzz-subset0 libpango-1.0-0 libpangoft2-1.0-0 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --user-group --no-create-home --home-dir /nonexistent portal \
    && install -d -o portal -g portal /srv/portal/data /srv/portal/fonts
WORKDIR /srv/portal/code
COPY requirements.lock portal/config/bin/uv.lock.txt /tmp/locks/
RUN pip install --no-cache-dir --require-hashes -r /tmp/locks/uv.lock.txt \
    && uv pip install --system --no-cache --compile-bytecode --require-hashes \
        -r /tmp/locks/requirements.lock \
    && rm -rf /tmp/locks
COPY manage.py ./
COPY fixtures fixtures
COPY templates templates
COPY criteria criteria
COPY towns towns
COPY subsidies subsidies
COPY reviews reviews
COPY portal portal

# The fonts of official documents, cut from Debian's packages; the packages stay in this stage.
FROM base AS fonts
RUN apt-get update && python manage.py install_fonts

FROM base
COPY --from=fonts --chown=portal:portal /srv/portal/fonts /srv/portal/fonts
USER 10001:10001
VOLUME ["/srv/portal/data", "/srv/portal/fonts"]
EXPOSE 8000
ENTRYPOINT ["portal/config/bin/entry.sh"]
CMD ["web"]
