"""The standalone project with the planted faults in it."""

from hubbub.server.settings import *  # noqa: F403
from hubbub.server.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.faults.planted.apps.Planted"]
