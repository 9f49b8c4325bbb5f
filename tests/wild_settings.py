"""The standalone project on a layer that can't be relied on, with limits that are met often."""

import os

from hubbub.server.settings import *  # noqa: F403  a settings file
from hubbub.server.settings import CHANNEL_LAYERS, HUBBUB

CHANNEL_LAYERS["default"]["BACKEND"] = "tests.wild_layer.WildLayer"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
HUBBUB = {
    **HUBBUB,
    "HEAD_CHECK_SECONDS": 1.0,
    "CATCH_UP_LIMIT": int(os.environ.get("TESTED_CATCH_UP_LIMIT", "500")),
    "RECENT_FRAMES": int(os.environ.get("TESTED_RECENT_FRAMES", "256")),
}
