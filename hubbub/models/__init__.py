"""The nouns: who speaks, where, and what was said. Each in a file of its own."""

from hubbub.models.epoch import Epoch
from hubbub.models.membership import Membership
from hubbub.models.message import Message
from hubbub.models.person import Person
from hubbub.models.room import Room

__all__ = ["Epoch", "Membership", "Message", "Person", "Room"]
