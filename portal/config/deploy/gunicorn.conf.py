"""How gunicorn serves the portal, in production and in the embedded mode alike.

A command-line argument wins over a value here: ``gunicorn -c ... --bind 127.0.0.1:9000``.
"""

import multiprocessing

wsgi_app = "portal.config.wsgi:application"
bind = "0.0.0.0:8000"
worker_class = "gthread"
workers = min(multiprocessing.cpu_count() * 2, 8)
threads = 4
# A page answers in well under a second; long work is a job. Uploads of 20 MB on slow lines fit.
timeout = 60
graceful_timeout = 30
keepalive = 5
# A fresh process now and then returns the memory that a long life gathers.
max_requests = 5000
max_requests_jitter = 500
# Heartbeats of the workers must not wait for a disk.
worker_tmp_dir = "/dev/shm"  # noqa: S108 (gunicorn makes a private file there)
accesslog = None
errorlog = "-"
forwarded_allow_ips = (
    "*"  # only the proxy reaches this port: see the networks in docker-compose.yml
)
