// Owns where the logs of the other rooms stand, those that this page does not show but counts: a number that is missing
// is asked for, so that what calls you is counted exactly. Arithmetic only: no DOM, no socket.

const NUMBERED = new Set(["message", "change", "member", "room"]);

/** Event: `missed` {room}: join it again. */
export class Followed extends EventTarget {
  #rooms = new Map();               // room → {cursor, live}
  #epoch = null;

  /** A new line to the server, which counted the rooms at these numbers. */
  begin(epoch, rooms) {
    this.#epoch = epoch;
    this.#rooms = new Map(rooms.map(({ room, seq }) => [room, { cursor: seq, live: false }]));
  }

  /** One more room, which was counted at this number. */
  add(room, seq) { this.#rooms.set(room, { cursor: seq, live: false }); }

  delete(room) { this.#rooms.delete(room); }

  get rooms() { return [...this.#rooms.keys()]; }

  /** The join command that goes on where the room's count stands. */
  join(room) { return { type: "join", room, since: this.#rooms.get(room).cursor, epoch: this.#epoch, here: false }; }

  receive({ type, room, changed, seq }) {
    const log = this.#rooms.get(room);
    if (!log) return;
    if (type === "joined") log.live = false;
    else if (type === "synced" || type === "reset") Object.assign(log, { cursor: seq, live: true });
    else if (NUMBERED.has(type) && log.live) this.#number(room, log, changed);
  }

  #number(room, log, changed) {
    if (changed <= log.cursor) return;
    if (changed === log.cursor + 1) { log.cursor = changed; return; }
    log.live = false;
    this.dispatchEvent(new CustomEvent("missed", { detail: { room } }));
  }
}
