"""The property that matters most: whatever is lost, doubled, swapped, retried, restarted or restored, what a client
holds after catch-up is a fresh page; and while it follows, it never shows anything out of order.
"""

from __future__ import annotations

import os

from tests.model.conversation import Conversation, run


def test_what_a_client_holds_after_catch_up_is_a_fresh_page(small_limits: None) -> None:
    run(Conversation, int(os.environ.get("HUBBUB_EXAMPLES", "40")))
