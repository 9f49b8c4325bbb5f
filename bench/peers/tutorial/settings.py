"""Django settings of the tutorial chat: only what a WebSocket needs."""

import os

LAYERS = {
    "memory": "channels.layers.InMemoryChannelLayer",
    "core": "channels_redis.core.RedisChannelLayer",
    "pubsub": "channels_redis.pubsub.RedisPubSubChannelLayer",
}
layer = os.environ.get("TUTORIAL_LAYER", "memory")
redis = os.environ.get("TUTORIAL_REDIS", "redis://127.0.0.1:6379")

SECRET_KEY = "only-for-benchmarks"
ALLOWED_HOSTS = ["127.0.0.1"]
INSTALLED_APPS = [
    "daphne",
    "channels",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
]
ASGI_APPLICATION = "bench.peers.tutorial.asgi.application"
ROOT_URLCONF = "bench.peers.tutorial.urls"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
CHANNEL_LAYERS = {"default": {"BACKEND": LAYERS[layer], "CONFIG": {} if layer == "memory" else {"hosts": [redis]}}}
USE_TZ = True
