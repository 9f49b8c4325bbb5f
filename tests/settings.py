"""The standalone project as the tests run it: SQLite in a file, or PostgreSQL by HUBBUB_DATABASE_URL."""

import os
import tempfile
from pathlib import Path

os.environ.setdefault("HUBBUB_DATA", tempfile.mkdtemp(prefix="hubbub-tests-"))

from hubbub.server.settings import *  # noqa: F403
from hubbub.server.settings import DATA, DATABASES, HUBBUB

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]

# What the owner chose is asked by tests of it alone: many others have no database.
HUBBUB = {name: value for name, value in HUBBUB.items() if name != "POLICY"}

if "sqlite" in DATABASES["default"]["ENGINE"]:
    # A file, since each thread (journal, readers, the test) has a connection of its own.
    DATABASES["default"]["TEST"] = {"NAME": str(Path(DATA) / "test.sqlite3")}
