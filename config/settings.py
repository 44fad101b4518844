"""All settings; every environment variable of the project is read here and only here.

Without any variable the desk runs on the embedded default: SQLite, an in-process cache and a broker
inside the database, all below ``DATA_DIR``. ``DATABASE_URL`` and ``REDIS_URL`` switch to PostgreSQL and
Redis without another change. ``docs/operations.md`` lists every variable.
"""

import os
import secrets
from pathlib import Path
from urllib.parse import urlsplit

import environ
from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

# --- where things are -------------------------------------------------------------------------------
DATA_DIR = Path(env.str("DATA_DIR", default=str(BASE_DIR / "var"))).resolve()
PORT = env.int("PORT", default=8000)
BIND_ADDRESS = env.str("BIND_ADDRESS", default="127.0.0.1")
WEB_THREADS = env.int("WEB_THREADS", default=min(8, 2 * (os.cpu_count() or 1) + 1))
WORKER_THREADS = env.int("WORKER_THREADS", default=2)
DEBUG = env.bool("DEBUG", default=False)
PUBLIC_URL = env.str("PUBLIC_URL", default=f"http://127.0.0.1:{PORT}").rstrip("/")
# The process that holds the open streams (CHAT-4). Port 0: `manage.py up` chooses a free one and tells its children;
# outside of it there are no streams then, and pages ask now and then instead.
STREAM_PORT = env.int("STREAM_PORT", default=0)
# How browsers reach it, where a proxy is in front and that is not PUBLIC_URL/streams.
STREAM_URL = env.str("STREAM_URL", default="").rstrip("/")
STREAM_LIMIT = env.int("STREAM_LIMIT", default=6000)
# Seconds: how often it is asked whether the people of open streams may still look on.
STREAM_CHECK_EVERY = env.float("STREAM_CHECK_EVERY", default=5.0)
STREAM_LIMIT_PER_ADDRESS = env.int("STREAM_LIMIT_PER_ADDRESS", default=500)
DATA_DIR.mkdir(parents=True, exist_ok=True)


def _kept_secret_key() -> str:
    """The secret key made on first start and kept in ``DATA_DIR`` (mode 600)."""
    path = DATA_DIR / "secret_key"
    try:
        # "x": of two processes starting together exactly one writes, the other reads what it wrote.
        with open(path, "x", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            file.write(secrets.token_urlsafe(50))
    except FileExistsError:
        pass
    return path.read_text().strip()


SECRET_KEY = env.str("SECRET_KEY", default="") or _kept_secret_key()
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])

_public = urlsplit(PUBLIC_URL)
_https = _public.scheme == "https"
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]", _public.hostname or ""])
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]

# The sample shop below /shop/ and its sign-in hint; `make run` switches it on, a real installation leaves it off.
DEMO = env.bool("DEMO", default=False)

# --- apps ---------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "config.demo",
    "chats",
    "segments",
    "tags",
    "contacts",
    "desk",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.admin.apps.SimpleAdminConfig",
    "django.forms",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "corsheaders",
    "csp",
    "django_filters",
    "django_htmx",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "import_export",
    "rest_framework",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "desk.middleware.OperatorMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
APPEND_SLASH = False

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
            ],
        },
    },
]

# Widgets may have templates of ours too; "django.forms" above brings Django's own.
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# --- database -----------------------------------------------------------------------------------------
DATABASE_URL = env.str("DATABASE_URL", default="")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

if DATABASE_URL:
    DATABASES = {"default": env.db_url_config(DATABASE_URL)}
    DATABASES["default"] |= {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
else:
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": DATA_DIR / "desk.sqlite3",
            "CONN_MAX_AGE": 60,
            # A file, not memory: tests with threads and processes must meet the locks that production meets.
            "TEST": {"NAME": DATA_DIR / "test.sqlite3"},
            # IMMEDIATE: a write transaction takes its lock at BEGIN, so none fails at its first UPDATE with
            # "database is locked". WAL: readers never wait for the writer.
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": (
                    "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON; "
                    "PRAGMA mmap_size=134217728; PRAGMA journal_size_limit=67108864; PRAGMA cache_size=-20000;"
                ),
            },
        }
    }

# Indexes that carry further columns are for PostgreSQL; SQLite makes them without, as the check would say each time.
SILENCED_SYSTEM_CHECKS = ["models.W040"]

# --- cache and background work --------------------------------------------------------------------------
REDIS_URL = env.str("REDIS_URL", default="")

if REDIS_URL:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}
    CELERY_BROKER_URL = REDIS_URL
    # Whoever sends while Redis is away hears it at once: a request does not wait, and the job is found later (JOB-2).
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "visibility_timeout": 3600,
        "unacked_restore_throttle": 1,
        "max_retries": 0,
        "socket_connect_timeout": 3,
    }
else:
    # Room for a rate-limit counter per caller and minute: when it is full, counters are dropped at random.
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
            "OPTIONS": {"MAX_ENTRIES": 50_000},
        }
    }
    # kombu takes no import path from a URL, so the class is named beside it.
    CELERY_BROKER_URL = "desk://"
    CELERY_BROKER_TRANSPORT = "desk.jobs.broker:Transport"
    CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 60}

CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "celerybeat-schedule")
CELERY_BEAT_SCHEDULE = {
    "refresh segment counts": {"task": "segments.refresh_counts", "schedule": 30.0},
    # Every site's day begins at another time; a site that has its sizes of today costs one look.
    "record segment sizes": {"task": "segments.record_sizes", "schedule": crontab(minute="*/10")},
    "end visits": {"task": "contacts.end_visits", "schedule": crontab(minute="*/10")},
    # Each looks back over the runs before it, so one that nobody took up in time is thrown away.
    "suggest lately": {
        "task": "contacts.suggest_lately",
        "schedule": crontab(minute="*/2"),
        "options": {"expires": 110},
    },
    "suggest all": {"task": "contacts.suggest_all", "schedule": crontab(hour="18", minute="10")},
    # RET-6: every site's night comes at another time; a site whose night's sweep has begun costs one look.
    "begin sweeps": {"task": "contacts.begin_sweeps", "schedule": crontab(minute="*/10"), "options": {"expires": 590}},
    # Old searches find nothing that the newest does not: those of a night without a worker are thrown away.
    "find jobs": {"task": "desk.find_jobs", "schedule": 10.0, "options": {"expires": 600}},
    "find deliveries": {"task": "desk.find_deliveries", "schedule": 10.0, "options": {"expires": 60}},
    "forget deliveries": {"task": "desk.forget_deliveries", "schedule": crontab(hour="18", minute="35")},
    "forget jobs": {"task": "desk.forget_jobs", "schedule": crontab(hour="18", minute="50")},
    "forget exports": {"task": "contacts.forget_exports", "schedule": crontab(minute="20")},
    "forget changes": {"task": "contacts.forget_changes", "schedule": crontab(hour="18", minute="45")},
    "forget filters": {"task": "contacts.forget_filters", "schedule": crontab(hour="18", minute="40")},
    # CHAT-10: what the workers were not told of; a site where nothing waits costs one look.
    "find waiting": {"task": "chats.find_waiting", "schedule": 20.0, "options": {"expires": 60}},
    "forget files": {"task": "chats.forget_files", "schedule": crontab(minute="35")},
    "forget events": {"task": "chats.forget_events", "schedule": crontab(minute="50")},
    "forget lookups": {"task": "chats.forget_lookups", "schedule": crontab(hour="18", minute="25")},
    "forget imports": {"task": "contacts.forget_imports", "schedule": crontab(hour="18", minute="20")},
}

# Seconds. A worker that gives no sign of life for so long has lost its job to the next one (JOB-2); after each slice a
# job stands back in the queue, so that many jobs and other work share the worker.
JOB_DEAD_AFTER = env.float("JOB_DEAD_AFTER", default=60.0)
JOB_SLICE = env.float("JOB_SLICE", default=5.0)

# CHAT-9: the largest file in a message (megabytes), and how many of them one message may have.
ATTACHMENT_MAX_MB = env.int("ATTACHMENT_MAX_MB", default=20)
ATTACHMENTS_PER_MESSAGE = env.int("ATTACHMENTS_PER_MESSAGE", default=10)

# --- sign-in ------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "desk.Operator"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_USERNAME_FORM_FIELD = "username"
AXES_ENABLE_ADMIN = False
AXES_LOCKOUT_TEMPLATE = "desk/locked_out.html"
AXES_CLIENT_IP_CALLABLE = "desk.admin.client_address"
AXES_USERNAME_CALLABLE = "desk.admin.sign_in.tried_address"
AXES_VERBOSE = False
# Not written down with a failed sign-in (the password is not anyway): a mistyped code is nearly the right one.
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "code"]
# Under which name authenticator apps show the desk.
OTP_TOTP_ISSUER = f"Dangol ({_public.hostname})"

# --- language and time ----------------------------------------------------------------------------------
LANGUAGE_CODE = "ko"
LANGUAGES = [("ko", _("Korean")), ("ja", _("Japanese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
USE_THOUSAND_SEPARATOR = True

# --- static files ---------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": DATA_DIR / "files"}},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG
WHITENOISE_AUTOREFRESH = DEBUG


def _stream_sources() -> list[str]:
    """Where else than to the desk itself its pages may connect: to their stream, under the name they were opened by."""
    if STREAM_URL:
        where = urlsplit(STREAM_URL)
        return [f"{where.scheme}://{where.netloc}"]
    if not STREAM_PORT or _https:
        return []
    # A policy cannot name an IPv6 address; pages opened by one ask now and then.
    hosts = dict.fromkeys(host.lower() for host in ALLOWED_HOSTS if host and not host.startswith("["))
    return [f"http://{'*' + host if host.startswith('.') else host}:{STREAM_PORT}" for host in hosts]


# --- security -------------------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF, *_stream_sources()],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "manifest-src": [SELF],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_PROXY", default=False) else None
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=_https)
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31536000 if _https else 0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = _https
SECURE_HSTS_PRELOAD = _https
SESSION_COOKIE_SECURE = _https
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_NAME = "desk_session"
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 14
CSRF_COOKIE_SECURE = _https
CSRF_COOKIE_NAME = "desk_csrf"
CSRF_FAILURE_VIEW = "desk.admin.errors.csrf_failure"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000  # the form of an import has up to four for each of 300 columns

# Only the plugin API answers pages of other origins; which origins is the site's setting, checked per request.
CORS_URLS_REGEX = r"^/api/plugin/"
CORS_ALLOW_ALL_ORIGINS = True
CORS_ALLOW_CREDENTIALS = False
CORS_ALLOW_HEADERS = ["authorization", "content-type", "accept", "accept-language", "last-event-id", "cache-control"]
CORS_EXPOSE_HEADERS = ["retry-after", "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"]
CORS_PREFLIGHT_MAX_AGE = 86400

# --- calls to servers of others (desk.outbound) ---------------------------------------------------------
# Private networks, addresses and hosts that may be called all the same; "http://host:port" also without encryption.
OUTBOUND_ALLOWED: list[str] = env.list("OUTBOUND_ALLOWED", default=[])
if DEMO:
    # The demo's company server is a page of this desk, which its sample lookup calls.
    OUTBOUND_ALLOWED = [*OUTBOUND_ALLOWED, f"http://127.0.0.1:{PORT}"]
# Further authorities whose certificates are believed, as a file of PEM: a company's own.
OUTBOUND_CA_FILE = env.str("OUTBOUND_CA_FILE", default="")

# --- API --------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["desk.api.parsers.StrictJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "desk.api.errors.answer_error",
    "UNAUTHENTICATED_USER": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
PLUGIN_RATE_PER_ADDRESS = env.str("PLUGIN_RATE_PER_ADDRESS", default="300/min")
PLUGIN_RATE_PER_KEY = env.str("PLUGIN_RATE_PER_KEY", default="60000/min")
# What one visitor, one person in all browsers, or one address may say, begin and send.
CHAT_MESSAGES_PER_SESSION = env.str("CHAT_MESSAGES_PER_SESSION", default="30/min")
CHAT_MESSAGES_PER_CONTACT = env.str("CHAT_MESSAGES_PER_CONTACT", default="60/min")
CHAT_OPENINGS_PER_CONTACT = env.str("CHAT_OPENINGS_PER_CONTACT", default="30/h")
CHAT_OPENINGS_PER_ADDRESS = env.str("CHAT_OPENINGS_PER_ADDRESS", default="300/h")
ATTACHMENTS_PER_CONTACT = env.str("ATTACHMENTS_PER_CONTACT", default="60/h")
ATTACHMENTS_PER_ADDRESS = env.str("ATTACHMENTS_PER_ADDRESS", default="300/h")
API_RATE_PER_KEY = env.str("API_RATE_PER_KEY", default="600/min")
# How many proxies stand in front and append to X-Forwarded-For; 0: the header is not believed.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)
REST_FRAMEWORK["NUM_PROXIES"] = TRUSTED_PROXIES
SPECTACULAR_SETTINGS = {
    "TITLE": "Dangol API",
    "VERSION": "1",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "KindEnum": "contacts.models.Kind",
        "ManagedKindEnum": [("lead", "lead"), ("member", "member")],
        "VisitorChatStateEnum": [("open", "open"), ("closed", "closed")],
        "RequestKindEnum": [("agent", "agent"), ("review", "review")],
        "RequestStateEnum": [(one, one) for one in ("open", "accepted", "refused", "withdrawn")],
        "RequestAnswerEnum": [(one, one) for one in ("accepted", "refused", "withdrawn")],
        "JobStateEnum": [(one, one) for one in ("queued", "running", "done", "failed", "cancelled")],
        "WebhookStateEnum": [(one, one) for one in ("active", "failing", "paused", "switchedOff")],
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "desk.api.schema.add_errors",
    ],
}

# --- logging ------------------------------------------------------------------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        "axes": {"level": "WARNING"},
        # They would write down every address that is called, and those hold keys.
        "httpx": {"level": "WARNING"},
        "httpcore": {"level": "WARNING"},
    },
}
