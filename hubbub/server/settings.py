"""Settings of the standalone project, from the environment. See docs/settings.md.

`HUBBUB_DATA` is the folder with the database, the secret and the collected static files; `hubbub` makes it.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from hubbub.server.addresses import database_of, redis_of
from hubbub.server.first_run import secret_key

DATA = Path(os.environ.get("HUBBUB_DATA", "data")).resolve()

RUNSERVER = sys.argv[1:2] == ["runserver"]

SECRET_KEY = os.environ.get("HUBBUB_SECRET_KEY") or secret_key(DATA)
DEBUG = RUNSERVER or os.environ.get("HUBBUB_DEBUG", "") in ("1", "true", "on")
ALLOWED_HOSTS = os.environ.get("HUBBUB_ALLOWED_HOSTS", "*").split(",")
CSRF_TRUSTED_ORIGINS = [o for o in os.environ.get("HUBBUB_TRUSTED_ORIGINS", "").split(",") if o]

INSTALLED_APPS = [
    *(["daphne"] if RUNSERVER else []),
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "hubbub",
    "hubbub.server",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "hubbub.server.headers.content_security_policy",
    "hubbub.server.unavailable.Unavailable",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "hubbub.server.urls"
ASGI_APPLICATION = "hubbub.server.asgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

DATABASES = {"default": database_of(os.environ.get("HUBBUB_DATABASE_URL", ""), DATA)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CHANNEL_LAYERS = {"default": redis_of(os.environ.get("HUBBUB_REDIS_URL", ""))}
if os.environ.get("HUBBUB_WORKER") and not os.environ.get("HUBBUB_REDIS_URL"):
    CHANNEL_LAYERS = {"default": {"BACKEND": "hubbub.server.layer.WorkersLayer"}}

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = DATA / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "servestatic.storage.CompressedManifestStaticFilesStorage"
    },
}

LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "/chat/"
LOGOUT_REDIRECT_URL = "/chat/"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = os.environ.get("HUBBUB_HTTPS", "") in ("1", "true", "on")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SESSION_COOKIE_SECURE else None
X_FRAME_OPTIONS = "DENY"

HUBBUB = {
    "SIGN_IN_URL": "sign-in",
    "SIGN_UP_URL": "sign-up",
    "SIGN_OUT_URL": "sign-out",
    "SECRET_KEY_FILE": "" if os.environ.get("HUBBUB_SECRET_KEY") else str(DATA / "secret_key"),
    "GUESTS": os.environ.get("HUBBUB_GUESTS", "on").lower() not in ("off", "0", "no", "false"),
}

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "filters": {"sparingly": {"()": "hubbub.server.sparingly.Sparingly"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        # Anybody can ask for another host, as often as they like: answered 400, not written down.
        "django.security.DisallowedHost": {"handlers": [], "propagate": False},
        "hubbub": {"level": "INFO"},
        # A warning for each request that is not HTTP: anybody can send these too.
        "uvicorn.error": {"level": "ERROR"},
        # A traceback for each try, while hubbub.announce says once that the layer fails and why.
        "channels_redis": {"level": "CRITICAL"},
        # Why there is no connection, which hubbub.outage can't know; a line for each try otherwise.
        "psycopg.pool": {"filters": ["sparingly"]},
        "django.channels.server": {"level": "INFO", "propagate": False},
    },
}
