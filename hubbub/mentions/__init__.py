"""Whom a text calls: looked up before it is rendered, against those who may read the room.

`names.py` finds whom the names in a text mean, `offers.py` what a composer may complete a name to, `listing.py` where
somebody was called, `unread.py` how much of it is unread. The journal stores (journal/mentions.py), render marks
(render/mentions.py).
"""
