"""Settings of the standalone project, from the environment. See docs/settings.md.

`HUBBUB_DATA` is the folder with the database, the secret and the collected static files; `hubbub` makes it.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from hubbub.server.addresses import database_of, number, prefix_of, proxies_of, redis_of
from hubbub.server.first_run import secret_key
from hubbub.server.logs import logging_of

DATA = Path(os.environ.get("HUBBUB_DATA", "data")).resolve()

RUNSERVER = sys.argv[1:2] == ["runserver"]

SECRET_KEY = os.environ.get("HUBBUB_SECRET_KEY") or secret_key(DATA)
DEBUG = RUNSERVER or os.environ.get("HUBBUB_DEBUG", "") in ("1", "true", "on")
ALLOWED_HOSTS = os.environ.get("HUBBUB_ALLOWED_HOSTS", "*").split(",")
PREFIX = prefix_of(os.environ.get("HUBBUB_PREFIX", ""))
FORCE_SCRIPT_NAME = PREFIX or None
TRUSTED_PROXIES = proxies_of(os.environ.get("HUBBUB_TRUSTED_PROXIES", ""))
CSRF_TRUSTED_ORIGINS = [o for o in os.environ.get("HUBBUB_TRUSTED_ORIGINS", "").split(",") if o]
CSRF_FAILURE_VIEW = "hubbub.server.old_form.refused"

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
WSGI_APPLICATION = "hubbub.server.wsgi.application"
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

STATIC_URL = f"{PREFIX}/static/"
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
LOGIN_REDIRECT_URL = LOGOUT_REDIRECT_URL = "hubbub:rooms"
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
SESSION_COOKIE_PATH = CSRF_COOKIE_PATH = LANGUAGE_COOKIE_PATH = f"{PREFIX}/"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = os.environ.get("HUBBUB_HTTPS", "") in ("1", "true", "on")
# With trusted proxies the scheme is settled before Django sees it: hubbub/server/front_door.py.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SESSION_COOKIE_SECURE and not TRUSTED_PROXIES else None
X_FRAME_OPTIONS = "DENY"

# What the environment decides instead of the owner's page.
CHOSEN = {
    name: value.lower() not in ("off", "0", "no", "false")
    for name, value in (("guests", os.environ.get("HUBBUB_GUESTS")), ("sign_up", os.environ.get("HUBBUB_SIGN_UP")))
    if value
}

HUBBUB = {
    "SIGN_IN_URL": "sign-in",
    "SIGN_UP_URL": "sign-up",
    "SIGN_OUT_URL": "sign-out",
    "SOCKET_URL": f"{PREFIX}/ws/",
    "SECRET_KEY_FILE": "" if os.environ.get("HUBBUB_SECRET_KEY") else str(DATA / "secret_key"),
    "GUESTS": CHOSEN.get("guests", True),
    "POLICY": "hubbub.server.choices.now",
    "LIST_ACCOUNTS": True,
    "ADMINISTRATION_URL": "settings",
}

# Under this many megabytes of free disk /readyz says so.
DISK_LOW_MB = number("HUBBUB_DISK_LOW_MB", 256)

LOGGING = logging_of(os.environ.get("HUBBUB_LOG", ""), os.environ.get("HUBBUB_LOG_LEVEL", ""))
