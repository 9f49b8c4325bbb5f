"""Everything Hubbub says "no" with: refusals, which leave the socket open, and Goodbyes, which close it.

Refusal(code, message, field, retry_after)     the answer to one command; nothing else changes
├── code bad_frame        not JSON, unknown type, wrong, missing or unknown field, too deep
├── code bad_room_name    no room can have this name; the message says why
├── code empty            a message without a visible character
├── code too_long         a message over its limit
├── code bad_name         nobody can be called that
├── code bad_search       a search that looks meant and can't be understood, or is too much; the message says why
├── code bad_profile      a time zone that is none, or words about oneself that can't be seen
├── code no_such_room     the room does not exist and may not be made by speaking; or who asks may not enter it
├── code name_taken       another room has that name, or had it
├── code no_such_person   nobody here is who was named
├── code not_in_room      who was named is not in the room
├── code banned           who was named is banned from the room; a moderator can lift that
├── code last_owner       the room would be left without an owner
├── code bad_topic        no room can have this topic
├── code bad_people       a direct room of nobody else, or of too many
├── code bad_role         a role that there is not
├── code bad_time         a span of time that is too long, or none
├── code no_such_message  the message does not exist, or no more; or who asks may not enter its room
├── code not_yours        somebody else's message, and who asks does not moderate the room
├── code edited_since     the message says something newer than what this edit was made from
├── code too_late         the time in which that may be done is over
├── code too_many         no more of that: reactions of a message, pins of a room
├── code bad_emoji        not one emoji
├── code not_joined       typing in a room that this socket did not join
├── code too_many_rooms   more rooms on one socket than the limit
├── code rate_limited     too fast; `retry_after` says how many seconds to wait
├── code archived         nothing more can be said in the room
├── code silenced         a moderator has taken the word from who asks; `retry_after` says for how many seconds
├── code unknown_command  no slash command has this name
├── code command_failed   a slash command of the project broke; nothing was said
├── code signed_out       who asks is nobody any more; sign in again
├── code not_allowed      who asks may not do this here
└── code try_again        the database is down or the disk full; nothing was stored

Goodbye                   the close code of a socket; its range says whether to come back (RFC 6455, §7.4)
├── come back, with jitter, and resume
│   ├── 1012 RESTART      the server restarts
│   ├── 1013 TRY_LATER    the server can't take more now
│   ├── 4501 NEW_IDENTITY who is behind the socket is known by another id now: a guest that became an account
│   └── 4508 TOO_SLOW     the client reads slower than the room talks
├── do not come back by yourself
│   ├── 4400 BAD_PROTOCOL too many frames that are not our protocol
│   ├── 4401 SIGNED_OUT   the session behind the socket ended
│   ├── 4402 NO_GUESTS    guests are not let in any more
│   ├── 4403 NOT_ALLOWED  no access
│   ├── 4404 NO_SUCH_ROOM the plain socket's room does not exist
│   └── 4429 FLOODING     too many refused for speed, or too many sockets
└── as the standard says
    ├── 1007 NOT_UTF8     a text frame that is not UTF-8
    └── 1009 TOO_BIG      a frame over the limit
"""

from datetime import datetime
from enum import IntEnum

RETURNS_A_SECOND = 1500


class Refusal(Exception):
    """The answer "no" to one command.

    `code` is for machines, `message` a sentence for people that says what they can do now; `field` names the
    field at fault, `retry_after` is in seconds.
    """

    def __init__(self, code: str, message: str, *, field: str | None = None, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field
        self.retry_after = retry_after


class Goodbye(IntEnum):
    """Close codes of a socket (RFC 6455, §7.4)."""

    NOT_UTF8 = 1007
    TOO_BIG = 1009
    RESTART = 1012
    TRY_LATER = 1013
    BAD_PROTOCOL = 4400
    SIGNED_OUT = 4401
    NO_GUESTS = 4402
    NOT_ALLOWED = 4403
    NO_SUCH_ROOM = 4404
    FLOODING = 4429
    NEW_IDENTITY = 4501
    TOO_SLOW = 4508

    @property
    def reason(self) -> str:
        """A short sentence for the close frame, at most 123 bytes (RFC 6455, §5.5.1)."""
        return _REASONS[self]

    def reason_with(self, spread: float) -> str:
        """The same with the seconds over which the clients should spread their return; 0 leaves that to them."""
        come_back = self in (Goodbye.RESTART, Goodbye.TRY_LATER, Goodbye.NEW_IDENTITY, Goodbye.TOO_SLOW)
        return f"{self.reason.removesuffix('.')}; spread={spread:g}" if spread and come_back else self.reason


_REASONS = {
    Goodbye.NOT_UTF8: "A text frame must be UTF-8.",
    Goodbye.TOO_BIG: "That frame is too big.",
    Goodbye.RESTART: "The server restarts. Come back in a moment.",
    Goodbye.TRY_LATER: "The server is busy. Come back later.",
    Goodbye.BAD_PROTOCOL: "Too many frames that are not our protocol.",
    Goodbye.SIGNED_OUT: "You were signed out.",
    Goodbye.NO_GUESTS: "Guests are not let in any more. Sign in to come back.",
    Goodbye.NOT_ALLOWED: "You may not be here.",
    Goodbye.NO_SUCH_ROOM: "There is no such room.",
    Goodbye.FLOODING: "Too much, too fast.",
    Goodbye.NEW_IDENTITY: "You are known by another id now. Come back without your ticket.",
    Goodbye.TOO_SLOW: "Too slow to follow. Come back and resume.",
}


def spread_of(clients: int) -> float:
    """Over how many seconds so many clients should spread their return: some 1,500 a second, 0.5 to 10 s in all."""
    return min(10.0, max(0.5, round(clients / RETURNS_A_SECOND, 1)))


def try_again() -> Refusal:
    """The refusal of G9: nothing was stored, the same nonce may be sent again."""
    return Refusal("try_again", "The message could not be stored just now. Try again in a moment.", retry_after=2)


def unknown_command(name: str) -> Refusal:
    """The refusal for a slash command that nobody registered."""
    hint = "/help lists them; begin with // to say it as it is."
    return Refusal("unknown_command", f"There is no command /{name}. {hint}", field="message")


def command_failed(name: str) -> Refusal:
    """The refusal for a slash command that broke."""
    return Refusal("command_failed", f"The command /{name} failed. Tell whoever runs this server.")


def not_stored() -> Refusal:
    """The refusal for a value that the database can't keep."""
    return Refusal("bad_frame", "That can't be stored as it is.")


def signed_out() -> Refusal:
    """The refusal for somebody whose account or session ended."""
    return Refusal("signed_out", "You were signed out. Sign in again to speak.")


def no_such_room() -> Refusal:
    """The refusal for a room that does not exist, or that who asks may not know of: the same to the letter."""
    return Refusal("no_such_room", "There is no such room.", field="room")


def no_such_person() -> Refusal:
    """The refusal for a person whom nobody has met."""
    return Refusal("no_such_person", "There is nobody like that here.", field="person")


def no_such_message(field: str = "id") -> Refusal:
    """The refusal for a message that does not exist, or that who asks must not know of: the same to the letter."""
    return Refusal("no_such_message", "There is no such message.", field=field)


def message_deleted() -> Refusal:
    """The refusal for doing something with a deleted message."""
    return Refusal("no_such_message", "That message was deleted.", field="id")


def not_yours() -> Refusal:
    """The refusal for changing what somebody else said."""
    return Refusal("not_yours", "Only who said it can do that.", field="id")


def edited_since() -> Refusal:
    """The refusal for an edit that was made from a text which the message does not have any more."""
    sentence = "It was changed elsewhere meanwhile. Look at what it says now, then save again to put yours over it."
    return Refusal("edited_since", sentence, field="base")


def too_late(hours: float) -> Refusal:
    """The refusal for changing a message that is older than so many hours."""
    within = f"{hours:g} hours" if hours >= 2 else f"{hours * 60:.0f} minutes"
    return Refusal("too_late", f"That can be done for {within} after a message was sent.", field="id")


def too_many_reactions(limit: int) -> Refusal:
    """The refusal for one emoji too many under a message."""
    return Refusal(
        "too_many", f"A message takes at most {limit} different reactions. Choose one of them.", field="emoji"
    )


def too_many_pins(limit: int) -> Refusal:
    """The refusal for one pin too many in a room."""
    return Refusal("too_many", f"A room keeps at most {limit} pinned messages. Unpin one first.", field="id")


def bad_emoji() -> Refusal:
    """The refusal for a reaction that is not one emoji."""
    return Refusal("bad_emoji", "React with one emoji, as it is or by its name.", field="emoji")


def not_allowed() -> Refusal:
    """The refusal for somebody who may not speak here."""
    return Refusal("not_allowed", "Sign in to speak here.")


def archived() -> Refusal:
    """The refusal for a room in which nothing more is said."""
    return Refusal("archived", "This room is archived: it can be read, but nothing more can be said in it.")


def silenced(until: datetime) -> Refusal:
    """The refusal for somebody whom a moderator silenced; `until` is when that ends."""
    left = max(1, round((until - datetime.now(until.tzinfo)).total_seconds()))
    wait = f"{left} s" if left < 120 else f"{round(left / 60)} min" if left < 7200 else f"{round(left / 3600)} h"
    return Refusal("silenced", f"A moderator has silenced you here. You can speak again in {wait}.", retry_after=left)


def slowed_down(seconds: int, wait: int) -> Refusal:
    """The refusal for somebody who must wait in a room that is slowed down to a message every so many seconds."""
    sentence = f"This room is slowed down to a message every {seconds} s. Wait {wait} s."
    return Refusal("rate_limited", sentence, retry_after=wait)


def undeliverable() -> Refusal:
    """The refusal for writing to somebody who blocks who asks. It is not said why."""
    return Refusal("not_allowed", "That can't be delivered here. Write to them in a room that you share.")


def blocked_by_you() -> Refusal:
    """The refusal for writing to somebody whom who asks blocks."""
    return Refusal("not_allowed", "You blocked them: they could not answer. Unblock them to write here.")


def rate_limited(seconds: float) -> Refusal:
    """The refusal for somebody who is too fast; `seconds` until the next try is taken."""
    wait = max(0.1, round(seconds, 1))
    return Refusal("rate_limited", f"That was too fast. Wait {wait:g} s.", retry_after=wait)
