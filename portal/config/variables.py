"""Every environment variable the portal knows, as a table; ``portal.config.env`` reads them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True)
class Variable:
    """One environment variable: its name, its default in the embedded mode and what it is for."""

    name: str
    default: str
    help: str
    needed_in_production: bool = False


VARIABLES: tuple[Variable, ...] = (
    Variable("PORTAL_MODE", "embedded", "embedded, production or test"),
    Variable(
        "PORTAL_SECRET_KEY",
        "",
        "signing key, at least 50 characters; embedded mode makes its own in the data folder",
        needed_in_production=True,
    ),
    Variable(
        "PORTAL_SECRET_KEY_FALLBACKS",
        "",
        "earlier signing keys, comma-separated: what they protected stays readable",
    ),
    Variable("PORTAL_DEBUG", "0", "1 shows tracebacks; never in production"),
    Variable("PORTAL_DEMO", "0", "1 allows demonstration accounts and shows their hint"),
    Variable(
        "PORTAL_ALLOWED_HOSTS",
        "localhost,127.0.0.1",
        "host names the site answers to, comma-separated",
        needed_in_production=True,
    ),
    Variable("PORTAL_CSRF_TRUSTED_ORIGINS", "", "origins with scheme, comma-separated"),
    Variable(
        "PORTAL_HTTPS",
        "",
        "1: reached by HTTPS only, secure cookies and HSTS; 0: plain HTTP on a closed network; "
        "default 1 in production, else 0",
    ),
    Variable("PORTAL_PROXIES", "0", "reverse proxies in front that append to X-Forwarded-For"),
    Variable("PORTAL_ARRIVAL_FROM_PROXY", "0", "1: the proxy in front says when a request began"),
    Variable(
        "PORTAL_DATA_DIR",
        str(BASE_DIR / "var"),
        "folder of files, fonts and the embedded database",
        needed_in_production=True,
    ),
    Variable("PORTAL_FONT_DIR", "", "folder of the document fonts; default <data dir>/fonts"),
    Variable(
        "PORTAL_SITE_URL",
        "",
        "address of the portal as its users type it; printed as a QR code on issued documents",
    ),
    Variable(
        "PORTAL_DATABASE_URL",
        "",
        "sqlite:///path or postgres://user:password@host:port/name (?host=/socket/dir)",
        needed_in_production=True,
    ),
    Variable(
        "PORTAL_BROKER_URL",
        "",
        "redis://host:port/0 or filesystem:///folder",
        needed_in_production=True,
    ),
    Variable("PORTAL_JOB_LEASE_SECONDS", "60", "a job without a heartbeat this long is taken over"),
    Variable("PORTAL_JOB_SWEEP_SECONDS", "60", "how often expired jobs are looked for"),
    Variable("PORTAL_PREVIEW_PAGES", "200", "page images made of one file at most"),
    Variable("PORTAL_SOFFICE", "", "LibreOffice's program; default soffice on the path, if any"),
    Variable("PORTAL_PASSWORD_DAYS", "90", "a password is changed after this many days"),
    Variable("PORTAL_PASSWORD_WARN_DAYS", "7", "how many days before that people are told"),
    Variable("PORTAL_LOGIN_FAILURES", "5", "failed sign-ins after which an account is locked"),
    Variable("PORTAL_LOCK_MINUTES", "30", "how long a locked account stays locked"),
    Variable("PORTAL_IDLE_MINUTES", "30", "signed out after so long without a request"),
    Variable("PORTAL_FRESH_MINUTES", "15", "issuing asks for the password after so long"),
    Variable(
        "PORTAL_MFA_POSTS",
        "",
        "kinds of post that need a second factor, comma-separated, or none; default in production "
        "system_admin,security_admin,auditor,signer, else none",
    ),
    Variable("PORTAL_OIDC_ISSUER", "", "address of an OpenID Connect provider; empty: none"),
    Variable("PORTAL_OIDC_CLIENT_ID", "", "the portal's name at that provider"),
    Variable("PORTAL_OIDC_CLIENT_SECRET", "", "the portal's secret at that provider"),
    Variable("PORTAL_OIDC_NAME", "统一身份认证", "what the sign-in page calls that provider"),
    Variable(
        "PORTAL_SMTP_URL",
        "",
        "mail server of notifications: smtp://user:password@host:port, smtp+tls:// (STARTTLS) or "
        "smtps://; empty: told in the portal only",
    ),
    Variable("PORTAL_MAIL_FROM", "", "sender's address of those mails; needed with the server"),
    Variable(
        "PORTAL_LEDGER_RETENTION_DAYS",
        "1095",
        "how long ledger and access log stay before they may be sealed; at least 180 days",
    ),
    Variable("PORTAL_UPLOAD_MAX_MB", "20", "how large one uploaded file may be"),
    Variable("PORTAL_UPLOAD_MAX_FILES", "20", "how many files one form takes at once"),
    Variable("PORTAL_UPLOAD_OPEN_FILES", "60", "unfinished uploads of one post and person"),
    Variable("PORTAL_UPLOAD_OPEN_MB", "600", "how large those may be together"),
    Variable("PORTAL_UPLOAD_HOURS", "48", "an upload not gone on with is cleared after so long"),
    Variable(
        "PORTAL_CLAMD_SOCKET",
        "",
        "virus scanner: path of clamd's socket, or host:port; empty: files are marked 未查病毒",
    ),
    Variable(
        "PORTAL_UNSCANNED_DOWNLOAD",
        "1",
        "0: what is not scanned yet is downloaded by its uploader only",
    ),
    Variable("PORTAL_LOG_LEVEL", "INFO", "level of the log written to standard error"),
)
