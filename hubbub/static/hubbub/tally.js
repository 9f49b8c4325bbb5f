// Owns how much is unread in each room: the room's last ordinal minus the ordinal read up to.
// Arithmetic only: no DOM, no socket.

/** Event: `change` {room, unread}. */
export class Tally extends EventTarget {
  #rooms = new Map();               // room → {ordinal, read}: both ordinals

  get total() { return [...this.#rooms.keys()].reduce((sum, room) => sum + this.unread(room), 0); }

  unread(room) {
    const { ordinal = 0, read = 0 } = this.#rooms.get(room) ?? {};
    return Math.max(0, ordinal - read);
  }

  /** What the server counted: the room's last ordinal and how many of it are unread. */
  set(room, ordinal, unread) {
    this.#rooms.set(room, { ordinal, read: ordinal - unread });
    this.#tell(room);
  }

  /** The room has come to this ordinal. */
  reached(room, ordinal) {
    const tally = this.#rooms.get(room);
    if (!tally) return this.set(room, ordinal, 0);
    if (ordinal <= tally.ordinal) return;
    tally.ordinal = ordinal;
    this.#tell(room);
  }

  /** Read on this page or on another, up to this ordinal or to the end; `back` when that is less than before by will. */
  read(room, ordinal = Infinity, { back = false } = {}) {
    const tally = this.#rooms.get(room);
    if (!tally) return;
    const read = Math.min(ordinal, tally.ordinal);
    tally.read = back ? read : Math.max(tally.read, read);
    this.#tell(room);
  }

  #tell(room) { this.dispatchEvent(new CustomEvent("change", { detail: { room, unread: this.unread(room) } })); }
}
