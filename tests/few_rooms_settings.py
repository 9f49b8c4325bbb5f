"""The standalone project with quick passwords and few rooms a socket, so that somebody is soon in more."""

from hubbub.server.settings import *  # noqa: F403
from hubbub.server.settings import HUBBUB

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
HUBBUB = {**HUBBUB, "ROOMS_PER_SOCKET": 3}
