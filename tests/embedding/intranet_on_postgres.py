"""Settings of the intranet when the tests run on PostgreSQL and Redis."""

import os

from intranet.settings import *  # noqa: F403
from intranet.settings import DATA_DIR

from hubbub.server.addresses import database_of, redis_of

DATABASES = {"default": {**database_of(os.environ["HUBBUB_DATABASE_URL"], DATA_DIR), "ATOMIC_REQUESTS": True}}
CHANNEL_LAYERS = {"default": redis_of(os.environ["HUBBUB_REDIS_URL"])}
