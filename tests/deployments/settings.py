"""The standalone project as it is, with quick passwords; HUBBUB from the environment, for tests of single settings."""

import json
import os

from hubbub.server.settings import *  # noqa: F403
from hubbub.server.settings import HUBBUB

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
HUBBUB = {**HUBBUB, **json.loads(os.environ.get("TESTED_HUBBUB", "{}"))}
