"""The standalone project with a regular check of the heads that never comes: what arrives was noticed otherwise."""

from hubbub.server.settings import *  # noqa: F403
from hubbub.server.settings import HUBBUB

HUBBUB = {**HUBBUB, "HEAD_CHECK_SECONDS": 10_000.0, "HEAD_CHECK_ALONE_SECONDS": 10_000.0}
