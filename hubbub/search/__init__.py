"""Finding what was said: `words.py` cuts texts into words, `query.py` reads what somebody typed, `index.py` is written
by the journal, `find.py` answers with what this person may read.

The index only narrows: whatever it names is looked at again, message by message, so that an answer never has more than
what was asked for, and both databases answer alike.
"""
