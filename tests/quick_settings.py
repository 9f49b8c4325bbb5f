"""The standalone project with quick passwords: people of tests sign in often."""

from hubbub.server.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
