"""The standalone project as `tests/sockets` serves it: quick passwords, and no session check while a test runs.

What ends a session is told at once; the check that finds what nobody told would hide it when that fails.
"""

import os

from hubbub.server.settings import *  # noqa: F403
from hubbub.server.settings import HUBBUB

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
HUBBUB = {**HUBBUB, "SESSION_CHECK_SECONDS": float(os.environ.get("TESTED_SESSION_CHECK_SECONDS", "600"))}
