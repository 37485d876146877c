"""Django settings. Everything that differs between deployments comes from ``portal.config.env``."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from bootstrap_wrapper import get_bootstrap_dir
from celery.schedules import crontab
from csp.constants import NONE, SELF

from portal.config.env import BASE_DIR, read  # BASE_DIR is a setting too

ENV = read()

SECRET_KEY = ENV.secret_key
SECRET_KEY_FALLBACKS = ENV.secret_key_fallbacks
DEBUG = ENV.debug
PORTAL_DEMO = ENV.demo
PORTAL_MODE = ENV.mode
PORTAL_HTTPS = ENV.https
PORTAL_PROXIES = ENV.proxies
PORTAL_ARRIVAL_FROM_PROXY = ENV.arrival_from_proxy
ALLOWED_HOSTS = ENV.allowed_hosts
CSRF_TRUSTED_ORIGINS = ENV.csrf_trusted_origins
PORTAL_DATA_DIR = ENV.data_dir
PORTAL_FONT_DIR = ENV.font_dir
PORTAL_SITE_URL = ENV.site_url
PORTAL_IMPORT_MAX_ROWS = 20_000
PORTAL_FIXTURES_DIR = BASE_DIR / "fixtures"
PORTAL_NAME = "专业镇申报认定平台"
PORTAL_UPLOAD_MAX_BYTES = ENV.upload_max_mb * 1024 * 1024
PORTAL_UPLOAD_MAX_FILES = ENV.upload_max_files
PORTAL_UPLOAD_OPEN_FILES = ENV.upload_open_files
PORTAL_UPLOAD_OPEN_BYTES = ENV.upload_open_mb * 1024 * 1024
PORTAL_UPLOAD_HOURS = ENV.upload_hours
PORTAL_UPLOAD_DIR = ENV.data_dir / "uploads"
PORTAL_CLAMD_SOCKET = ENV.clamd_socket
PORTAL_UNSCANNED_DOWNLOAD = ENV.unscanned_download
# Page images: width in pixels, seconds for a page, memory of the program in megabytes.
PORTAL_PREVIEW_PAGES = ENV.preview_pages
PORTAL_PREVIEW_WIDTH = 1400
PORTAL_PREVIEW_SECONDS = 30
PORTAL_PREVIEW_MEMORY = 2048
PORTAL_CONVERSION_SECONDS = 180
PORTAL_SOFFICE = ENV.soffice
PORTAL_JOB_LEASE_SECONDS = ENV.job_lease_seconds
PORTAL_JOB_SWEEP_SECONDS = ENV.job_sweep_seconds
PORTAL_LEDGER_RETENTION_DAYS = ENV.ledger_retention_days

INSTALLED_APPS = [
    "portal.workspace",
    "reviews",
    "subsidies",
    "towns",
    "criteria",
    "portal.core",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "guardian",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    *(["allauth.socialaccount.providers.openid_connect"] if ENV.oidc else []),
    "allauth.mfa",
    "allauth.usersessions",
    "axes",
    "rest_framework",
    "django_htmx",
    "csp",
]

MIDDLEWARE = [
    "portal.core.middleware.RequestReceived",
    "portal.core.middleware.ClientAddress",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "portal.core.middleware.AnswerHeaders",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "portal.core.middleware.WrittenAddress",
    "portal.core.middleware.VisitorLimit",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "portal.core.accounts.middleware.SignedInMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "portal.config.urls"
WSGI_APPLICATION = "portal.config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "portal.workspace.context.portal_context",
            ],
            "builtins": ["portal.core.templatetags.portal"],
        },
    }
]

DATABASES = {"default": ENV.database}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "core.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "portal.core.accounts.backends.PasswordBackend",
    "guardian.backends.ObjectPermissionBackend",
]
# Nobody holds an object permission without signing in: guardian makes no anonymous user.
ANONYMOUS_USER_NAME = None
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "portal.core.accounts.validators.LengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "portal.core.accounts.validators.ClassesValidator", "OPTIONS": {"needed": 3}},
    {"NAME": "portal.core.accounts.validators.NameValidator"},
    {"NAME": "portal.core.accounts.validators.CommonValidator"},
    {"NAME": "portal.core.accounts.validators.HistoryValidator", "OPTIONS": {"kept": 5}},
]
if ENV.mode == "test":
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"

PORTAL_PASSWORD_DAYS = ENV.password_days
PORTAL_ACTIVATION_DAYS = 7
PORTAL_PASSWORD_WARN_DAYS = ENV.password_warn_days
PORTAL_IDLE_MINUTES = ENV.idle_minutes
PORTAL_FRESH_MINUTES = ENV.fresh_minutes
PORTAL_MFA_POSTS = ENV.mfa_posts
PORTAL_OIDC = ENV.oidc

# Notifications by e-mail (portal.core.mailing); an empty sender: told in the portal only.
PORTAL_MAIL_FROM = ENV.mail["sender"] if ENV.mail else ""
if ENV.mail:
    EMAIL_HOST, EMAIL_PORT = ENV.mail["host"], ENV.mail["port"]
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = ENV.mail["user"], ENV.mail["password"]
    EMAIL_USE_TLS, EMAIL_USE_SSL = ENV.mail["starttls"], ENV.mail["ssl"]
    DEFAULT_FROM_EMAIL = ENV.mail["sender"]
EMAIL_TIMEOUT = 20

# Nobody signs up, and there may be no mail: only the parts of allauth that are routed are used.
ACCOUNT_ADAPTER = "portal.core.accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = ENV.fresh_minutes * 60
ACCOUNT_FORMS = {
    "login": "portal.core.accounts.forms.SignInForm",
    "reauthenticate": "portal.core.accounts.forms.ConfirmForm",
    "change_password": "portal.core.accounts.forms.PasswordForm",
}
# Per address: a whole office may sit behind one. What holds for an account is below (axes).
ACCOUNT_RATE_LIMITS = {
    "login": "60/m/ip",
    "login_failed": "60/m/ip",
    "reauthenticate": "20/m/user",
    "change_password": "20/m/user",
}
MFA_ADAPTER = "portal.core.accounts.adapter.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = PORTAL_NAME
MFA_TOTP_TOLERANCE = 1
MFA_FORMS = {
    "authenticate": "portal.core.accounts.forms.CodeForm",
    "reauthenticate": "portal.core.accounts.forms.ConfirmCodeForm",
    "activate_totp": "portal.core.accounts.forms.FirstCodeForm",
}
SOCIALACCOUNT_ADAPTER = "portal.core.accounts.adapter.ProviderAdapter"
SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [ENV.oidc]}} if ENV.oidc else {}

# The lock is the account's, from wherever its failures came: 等保 asks for it so, and the number
# of requests from one address is limited above.
AXES_FAILURE_LIMIT = ENV.login_failures
AXES_COOLOFF_TIME = timedelta(minutes=ENV.lock_minutes)
AXES_LOCKOUT_PARAMETERS = ["username"]
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_LOCKOUT_CALLABLE = "portal.core.accounts.locks.locked_page"
AXES_CLIENT_IP_CALLABLE = "portal.core.accounts.adapter.client_address"
AXES_SENSITIVE_PARAMETERS = ["password", "oldpassword", "password1", "password2", "code"]
AXES_DISABLE_ACCESS_LOG = True  # the stream (访问记录) keeps sign-ins
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
CACHES = {"default": ENV.cache}

LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
USE_TZ = True

STATIC_URL = "/static/"
STATICFILES_DIRS = [("bootstrap", get_bootstrap_dir())]
STATIC_ROOT = ENV.data_dir / "static"
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": ENV.data_dir / "files"},
    },
    "staticfiles": {
        "BACKEND": (
            "whitenoise.storage.CompressedManifestStaticFilesStorage"
            if ENV.mode == "production"
            else "django.contrib.staticfiles.storage.StaticFilesStorage"
        )
    },
}
# Embedded and test modes serve static files straight from the packages that hold them.
WHITENOISE_USE_FINDERS = ENV.mode != "production"
WHITENOISE_AUTOREFRESH = ENV.debug
FILE_UPLOAD_PERMISSIONS = 0o640
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000

# Idle time and age are the middleware's (portal.core.accounts.middleware), which can say so.
SESSION_ENGINE = "portal.core.accounts.store"
SESSION_COOKIE_AGE = 24 * 60 * 60
PORTAL_SESSION_HOURS = 8
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = ENV.https
CSRF_COOKIE_SECURE = ENV.https
SECURE_SSL_REDIRECT = ENV.https
SECURE_HSTS_SECONDS = 31536000 if ENV.https else 0
# Whether other hosts below this name are HTTPS only, and whether browsers are told of the domain in
# advance, is for the owner of the domain to say: HSTS speaks of this host alone.
SILENCED_SYSTEM_CHECKS = ["axes.W006", "security.W005", "security.W021"]
if not ENV.https:
    # PORTAL_HTTPS=0 was said aloud (production is HTTPS unless told otherwise); portal.I001 repeats
    # it at every check: no HSTS, no redirect, cookies over HTTP.
    SILENCED_SYSTEM_CHECKS += ["security.W004", "security.W008", "security.W012", "security.W016"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ENV.https else None
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        # Bootstrap's own stylesheet draws its icons from data: URLs.
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        # Signing in at a provider begins with a form of ours that leads there.
        "form-action": [SELF, *([ENV.oidc["settings"]["server_url"]] if ENV.oidc else [])],
        "frame-ancestors": [NONE],
    }
}

# The broker only wakes workers; the truth about a job is its row (portal.core.jobs).
CELERY_BROKER_URL = (
    "filesystem://localhost" if ENV.broker_url.startswith("filesystem") else ENV.broker_url
)
if ENV.broker_url.startswith("filesystem"):
    _broker_dir = ENV.broker_url.removeprefix("filesystem://")
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": f"{_broker_dir}/queue",
        "data_folder_out": f"{_broker_dir}/queue",
        "control_folder": f"{_broker_dir}/control",
        "polling_interval": 0.25,
    }
    for _folder in ("queue", "control"):
        Path(_broker_dir, _folder).mkdir(parents=True, exist_ok=True)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 200
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULE = {
    "sweep-jobs": {"task": "core.sweep_jobs", "schedule": ENV.job_sweep_seconds},
    # Soon after midnight; the later hours find nothing to do, or make up for a night switched off.
    "anchor-ledger": {"task": "core.anchor_ledger", "schedule": crontab(minute="10")},
    "clear-uploads": {"task": "core.clear_uploads", "schedule": crontab(minute="25")},
    "clear-samples": {"task": "core.clear_samples", "schedule": crontab(minute="*/20")},
    "rescan-files": {"task": "core.rescan_files", "schedule": crontab(minute="*/5")},
    # At 8:20; the later hours of the day make up for a machine that was switched off.
    "remind-of-terms": {
        "task": "towns.remind_of_terms",
        "schedule": crontab(minute="20", hour="8-20"),
    },
    # The same for the terms of cases, of opinions and of requests for information.
    "remind-of-cases": {
        "task": "reviews.remind_of_cases",
        "schedule": crontab(minute="25", hour="8-20"),
    },
    # A run that no worker took is not made up for: the next one does the same.
    "send-mails": {
        "task": "core.send_mails",
        "schedule": crontab(minute="*/2"),
        "options": {"expires": 110},
    },
    "note-silent-units": {
        "task": "reviews.note_silent_units",
        "schedule": crontab(minute="15"),
    },
    "clear-sessions": {"task": "core.clear_sessions", "schedule": crontab(minute="40", hour="3")},
}
CELERY_BEAT_SCHEDULE_FILENAME = str(ENV.data_dir / "celerybeat-schedule")

REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    # Of one network address (portal.core.limits); an office building shares one. The tests, all
    # from one address, have limits of their own where they ask about them.
    "DEFAULT_THROTTLE_RATES": {
        "visitor_posts": "60/minute" if ENV.mode != "test" else "100000/minute",
        "file_comparisons": "20/minute" if ENV.mode != "test" else "100000/minute",
        "public_api": "120/minute" if ENV.mode != "test" else "100000/minute",
    },
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": ENV.log_level},
    "loggers": {
        "fontTools": {"level": "WARNING"},
        "pikepdf": {"level": "WARNING"},
        "weasyprint": {"level": "ERROR"},
    },
}
