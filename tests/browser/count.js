// Plays an event log that test_tally.py wrote to a Tally by way of Counts, as a page would: the room is followed, or it is told
// in brief what happens there. Gives {unread, mentions} at the end.

export function count({ Tally, Counts, isDeaf = () => false }, { you, room, steps, brief }) {
  const tally = new Tally({ you });
  let asked = null, recount = null, admitted = false, latest = 0;
  const send = (command) => {
    if (isDeaf(command, admitted)) return;
    if (command.type === "read") recount = latest;
    else asked = command;
  };
  const counts = new Counts({ connection: { send }, tally, wanted: brief ? 0 : Infinity });

  function hear(frame) {
    latest = frame.changed ?? frame.seq;
    counts.heard(frame);
    if (frame.type === "read") tally.read(room, frame.ordinal, frame);
    if (frame.type === "reset") { tally.restart(room, frame.ordinal); recount = frame.seq; }
  }

  /** What a hub makes of a document for those who only count. */
  function inBrief({ type, room, changed, latest, author, ...message }) {
    if (type === "read") return hear({ type, room, author, ...message });
    if (admitted) hear({ type: "headlines", room, since: changed - 1, seq: changed, ordinal: latest, said: [{ ...message, changed, author: author.id }] });
  }

  function admit({ seq, ordinal, documents, most }) {
    if (!asked) return;
    const { since = 0 } = asked;
    asked = null;
    admitted = true;
    if (brief) return hear({ type: "headlines", room, since: seq, seq, ordinal });
    const missing = documents.filter(({ changed }) => changed > since)
      .map((document) => ({ ...document, type: document.seq > since ? "message" : "change" }));
    hear({ type: "joined", room, seq, ordinal });
    if (missing.length > most) return hear({ type: "reset", room, seq, ordinal });
    missing.forEach(hear);
    hear({ type: "synced", room, seq, ordinal });
  }

  for (const step of steps) {
    switch (step.do) {
      case "frame": brief ? inBrief(step.frame) : hear(step.frame); break;
      case "recount": if (recount !== null && step.read.head >= recount) { recount = null; hear(step.read); } break;
      case "lost": asked = recount = null; break;
      case "welcome":
        admitted = false;
        tally.set(room, step.view);
        counts.begin({ epoch: "e", rooms: [step.view], limits: { rooms: 50 } });
        break;
      case "admit": admit(step);
    }
  }
  return { unread: tally.unread(room), mentions: tally.mentions(room) };
}

/** Tallies with a fault each, which the test must find. */
export const PLANTED = {
  "believes the last report": ({ Tally, Counts }) => ({
    Tally: class extends Tally { read(room, ...frame) { this.forget(room); super.read(room, ...frame); } }, Counts,
  }),
  "overlooks edits": ({ Tally, Counts }) => ({
    Tally: class extends Tally { said(frame) { if (frame.type === "message") super.said(frame); } }, Counts,
  }),
  "misses nothing": ({ Tally, Counts }) => ({ Tally, Counts, isDeaf: (_, admitted) => admitted }),
};
