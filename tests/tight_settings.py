"""The standalone project with rates that a test can reach: 30 posts at once, and then one every two seconds."""

from hubbub.server.settings import *  # noqa: F403
from hubbub.server.settings import HUBBUB

HUBBUB = {**HUBBUB, "POSTS_PER_SECOND": 30, "POSTS_PER_MINUTE": 30}
