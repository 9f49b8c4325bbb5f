"""The standalone project as `tests/sockets` serves it: quick passwords, quick session checks."""

from hubbub.server.settings import *  # noqa: F403
from hubbub.server.settings import HUBBUB

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
HUBBUB = {**HUBBUB, "SESSION_CHECK_SECONDS": 1.0}
