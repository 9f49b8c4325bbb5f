"""The chat that everybody builds first with Channels: one group per room, nothing stored.

`TUTORIAL_LAYER` chooses the channel layer (memory, core, pubsub), `TUTORIAL_REDIS` the address of Redis.
"""
