"""The verbs, and who may do what. Every door calls these: sockets, pages, the Python API, commands.

A verb comes in up to two forms: `async` for the sockets of a node, through its journal's group commit; and, with
`_now`, for a thread that may be inside a transaction of its own, which stores at once on that thread's connection
and announces when it commits (`at_once.py`). Each noun has a module here; callers say `chat.post`, `chat.mark_read`.
"""

from hubbub.chat.attention import attend, attend_now
from hubbub.chat.blocks import block, block_now
from hubbub.chat.commands import is_command, obey, obey_now, said_plainly, told_html
from hubbub.chat.edits import delete, delete_now, edit, edit_now
from hubbub.chat.invitations import (
    WEEK,
    accept_now,
    invitation_for,
    invite_now,
    links_now,
    links_that_hold,
    moderated,
    take_back_now,
)
from hubbub.chat.names import adopt_guest, depart_now, describe_now, rename_now, tell_name
from hubbub.chat.posts import check_may_speak, check_post_rate, clean_text, draft, draft_aside, post, post_now
from hubbub.chat.reactions import has_reacted, pin, pin_now, react, react_now, reacted
from hubbub.chat.reading import mark_read, mark_read_now, mark_unread, mark_unread_now, read_all, read_all_now
from hubbub.chat.rooms import act_now, ban_now, clean_topic, make_room_now, meet_now
from hubbub.chat.searching import search_now
from hubbub.chat.typing import type_in

__all__ = [
    "WEEK", "accept_now", "act_now", "adopt_guest", "attend", "attend_now", "ban_now", "block", "block_now",
    "check_may_speak", "check_post_rate", "clean_text", "clean_topic", "delete", "delete_now", "depart_now",
    "describe_now", "draft", "draft_aside", "edit", "edit_now", "has_reacted", "invitation_for", "invite_now",
    "is_command", "links_now", "links_that_hold", "make_room_now", "mark_read", "mark_read_now", "mark_unread",
    "mark_unread_now", "meet_now", "moderated", "obey", "obey_now", "pin", "pin_now", "post", "post_now",
    "react", "react_now", "reacted", "read_all", "read_all_now", "rename_now", "said_plainly", "search_now",
    "take_back_now", "tell_name", "told_html", "type_in",
]  # fmt: skip
