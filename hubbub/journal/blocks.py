"""Who does not want to read whom."""

from __future__ import annotations

from hubbub.errors import no_such_person, signed_out
from hubbub.journal.changes import Block, Outcome, Stored
from hubbub.journal.ledger import Ledger
from hubbub.journal.statements import BLOCK, PERSON


def block(ledger: Ledger, change: Block) -> Outcome:
    """Store it, or take it back. Refuses who blocks themselves or nobody that there is."""
    statements, whom = ledger.statements, ledger.statements.uuid(change.whom)
    own = statements.uuid(change.person.id)
    if change.on and not statements.rows(f"SELECT 1 FROM {PERSON} WHERE id = %s AND id <> %s", [whom, own]):
        return no_such_person()
    ledger.people.meet([change.person])
    if (person := ledger.people.get(change.person)) is None:
        return signed_out()
    pair = (statements.uuid(person.id), whom)
    if change.on:
        into = f"{BLOCK} (person_id, blocked_id)"
        statements.insert(into, ("uuid", "uuid"), [pair], "ON CONFLICT DO NOTHING")
    else:
        statements.run(f"DELETE FROM {BLOCK} WHERE person_id = %s AND blocked_id = %s", pair)
    return Stored()
