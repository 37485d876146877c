#!/bin/sh
# What each container of docker-compose.yml runs: entry.sh migrate|web|worker|beat [arguments].
set -eu
cd "$(dirname "$0")/../../.."
ROLE=${1:?one of migrate, web, worker, beat}
shift
PYTHON=${PYTHON:-python}

case $ROLE in
    migrate)
        "$PYTHON" manage.py check --deploy --fail-level ERROR
        "$PYTHON" manage.py check --deploy --tag security --fail-level WARNING
        "$PYTHON" manage.py migrate --noinput
        # Every trigger that protects the ledger is in force now.
        "$PYTHON" manage.py check --database default --tag database --fail-level WARNING
        # Of Bootstrap's many builds the pages use the two complete ones.
        exec "$PYTHON" manage.py collectstatic --noinput --verbosity 0 \
            --ignore 'bootstrap-*' --ignore '*.rtl.*' --ignore '*.esm.*'
        ;;
    web) exec "$PYTHON" -m gunicorn -c portal/config/deploy/gunicorn.conf.py "$@" ;;
    worker)
        exec "$PYTHON" -m celery -A portal.config worker --loglevel INFO \
            --concurrency "${WORKER_CONCURRENCY:-2}" --without-gossip --without-mingle "$@"
        ;;
    beat) exec "$PYTHON" -m celery -A portal.config beat --loglevel INFO --pidfile= "$@" ;;
    *) echo "unknown role $ROLE" >&2; exit 2 ;;
esac
