"""The standalone project on a layer that can't be relied on."""

from hubbub.server.settings import *  # noqa: F403  a settings file
from hubbub.server.settings import CHANNEL_LAYERS

CHANNEL_LAYERS["default"]["BACKEND"] = "tests.wild_layer.WildLayer"
