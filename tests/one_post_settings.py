"""The standalone project where somebody says one thing a minute, so that a test is too fast at once."""

from hubbub.server.settings import *  # noqa: F403
from hubbub.server.settings import HUBBUB

HUBBUB = {**HUBBUB, "POSTS_PER_MINUTE": 1}
