// Plays an event log that test_tally.py wrote to a Tally and a Followed, as chat.js would; gives {unread, mentions} at the
// end, and what was counted at each moment when nothing was missing.

export function count({ Tally, Followed }, { you, room, steps }) {
  const tally = new Tally({ you }), followed = new Followed();
  let asked = null, recount = null;
  followed.addEventListener("missed", () => { asked = followed.join(room); });

  function hear(frame) {
    if (["joined", "message", "synced", "reset"].includes(frame.type)) tally.reached(room, frame.ordinal);
    if (["message", "change"].includes(frame.type)) tally.said(frame);
    followed.receive(frame);
    if (frame.type === "read") tally.read(room, frame.ordinal, frame);
    if (frame.type === "reset") { tally.restart(room, frame.ordinal); recount = frame.seq; }
  }

  for (const step of steps) {
    switch (step.do) {
      case "frame": hear(step.frame); break;
      case "recount": if (recount !== null && step.read.head >= recount) { recount = null; hear(step.read); } break;
      case "lost": asked = recount = null; break;
      case "welcome":
        tally.set(room, step.view);
        followed.begin("e", [step.view]);
        asked = followed.join(room);
        break;
      case "admit": {
        if (!asked) break;
        const { since } = asked;
        const missing = step.documents.filter(({ changed }) => changed > since)
          .map((document) => ({ ...document, type: document.seq > since ? "message" : "change" }));
        asked = null;
        hear({ type: "joined", room, seq: step.seq, ordinal: step.ordinal });
        if (missing.length > step.most) {
          hear({ type: "reset", room, seq: step.seq, ordinal: step.ordinal });
        } else {
          missing.forEach(hear);
          hear({ type: "synced", room, seq: step.seq, ordinal: step.ordinal });
        }
      }
    }
  }
  return { unread: tally.unread(room), mentions: tally.mentions(room) };
}

/** Tallies with a fault each, which the test must find. */
export const PLANTED = {
  "believes the last report": ({ Tally, Followed }) => ({
    Tally: class extends Tally { read(room, ...frame) { this.forget(room); super.read(room, ...frame); } }, Followed,
  }),
  "overlooks edits": ({ Tally, Followed }) => ({
    Tally: class extends Tally { said(frame) { if (frame.type === "message") super.said(frame); } }, Followed,
  }),
  "misses nothing": ({ Tally, Followed }) => ({
    Tally, Followed: class extends Followed { dispatchEvent() { return true; } },
  }),
};
