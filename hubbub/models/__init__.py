"""The nouns: who speaks, where, and what was said. Each in a file of its own."""

from hubbub.models.act import Act
from hubbub.models.alias import Alias
from hubbub.models.block import Block
from hubbub.models.earlier_text import EarlierText
from hubbub.models.epoch import Epoch
from hubbub.models.invitation import Invitation
from hubbub.models.membership import Membership
from hubbub.models.mention import Mention
from hubbub.models.message import Message
from hubbub.models.person import Person
from hubbub.models.reaction import Reaction
from hubbub.models.room import Room

__all__ = [
    "Act", "Alias", "Block", "EarlierText", "Epoch", "Invitation", "Membership", "Mention", "Message", "Person",
    "Reaction", "Room",
]  # fmt: skip
