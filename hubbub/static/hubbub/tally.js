// Owns how much is unread in each room, and how much of it calls you: arithmetic with ordinals, so that it can't get
// stuck. No DOM, no socket.
//
// Unread is the room's last ordinal minus the ordinal read up to. What calls you is kept as the ordinals of those
// messages, each with the number of the log at which that was known: of two reports the later one holds, in whatever
// order they come.

const MOST = 500;                   // ordinals kept of a room
const UNKNOWN = Infinity;           // nothing is counted until the server says how far was read

/** Event: `change` {room}. */
export class Tally extends EventTarget {
  #you;
  #rooms = new Map();               // room → {ordinal, read, level, muted, reported, spoken, calls: ordinal → {number, calls}}

  /** `you` is your id. */
  constructor({ you } = {}) {
    super();
    this.#you = you;
  }

  /** What the window's title counts: all that is unread, save where you want to hear less. */
  get total() { return [...this.#rooms.keys()].reduce((sum, room) => sum + this.loud(room), 0); }

  /** What calls you, in all rooms. */
  get calls() { return [...this.#rooms.keys()].reduce((sum, room) => sum + this.mentions(room), 0); }

  unread(room) {
    const { ordinal = 0, read = 0 } = this.#rooms.get(room) ?? {};
    return Math.max(0, ordinal - read);
  }

  /** How many unread messages call you. */
  mentions(room) {
    const { read = 0, calls = new Map() } = this.#rooms.get(room) ?? {};
    return [...calls].filter(([ordinal, known]) => known.calls && ordinal > read).length;
  }

  /** How much of what is unread you want to be told of. */
  loud(room) {
    const { muted, level } = this.#rooms.get(room) ?? {};
    return muted || level === "nothing" ? 0 : level === "mentions" ? this.mentions(room) : this.unread(room);
  }

  /** What the server counted, on a new line: when the room stood at number `seq`. */
  set(room, { ordinal, unread = 0, ...view }) {
    const tally = this.#fresh(room);
    Object.assign(tally, { ordinal, read: ordinal - unread });
    this.#begin(room, tally, view);
  }

  /** The same of a room whose read position is known better than the server knows it. */
  stand(room, { ordinal, unread = 0, ...view }) {
    const { ordinal: reached = 0, read: known = 0 } = this.#rooms.get(room) ?? {};
    const read = known === UNKNOWN ? ordinal - unread : known;
    const tally = this.#fresh(room);
    Object.assign(tally, { ordinal: Math.max(reached, ordinal), read });
    this.#begin(room, tally, view);
  }

  /** The room has come to this ordinal. */
  reached(room, ordinal) {
    const tally = this.#rooms.get(room);
    if (!tally) return this.set(room, { ordinal });
    if (ordinal <= tally.ordinal) return;
    tally.ordinal = ordinal;
    this.#tell(room);
  }

  /** A message was born or changed: it calls you, or does no more. What you say yourself, you have read. */
  said({ type, room, seq, ordinal, changed, author, mentions = [] }) {
    const tally = this.#rooms.get(room);
    if (!tally) return;
    if (author.id === this.#you) this.#spoke(tally, type, seq, ordinal);
    const calls = author.id !== this.#you && mentions.some((called) => called === this.#you || called === "@room");
    const known = tally.calls.get(ordinal);
    if (known ? known.number < changed : calls || type !== "message") {
      tally.calls.set(ordinal, { number: changed, calls });
      this.#trim(tally);
    }
    this.#tell(room);
  }

  /**
   * Read on this page or on another, up to this ordinal or to the end; `back` when that is less than before by will. With
   * `head`: what calls you of the rest, as the room stood at that number.
   */
  read(room, ordinal = Infinity, { back = false, head = 0, mentions = [] } = {}) {
    const tally = this.#rooms.get(room);
    if (!tally) return;
    const said = head && tally.spoken.number > head ? tally.spoken.ordinal : 0;      // after that was reported
    const read = Math.max(said, ordinal === Infinity ? tally.ordinal : ordinal);
    tally.read = back || tally.read === UNKNOWN ? read : Math.max(tally.read, read);
    if (head) this.#report(tally, head, mentions);
    this.#tell(room);
  }

  /** You follow the room otherwise. */
  attend(room, { muted = false, level = "all" }) {
    const tally = this.#rooms.get(room);
    if (!tally) return;
    Object.assign(tally, { muted, level });
    this.#tell(room);
  }

  /** What of the messages calls you is to be told anew. */
  forget(room) {
    const tally = this.#rooms.get(room);
    if (tally) Object.assign(tally, { reported: 0, spoken: { number: 0, ordinal: 0 }, calls: new Map() });
  }

  /** Messages went by unseen, or the numbers are others since a restore: all but the room's ordinal is to be told anew. */
  restart(room, ordinal) {
    const tally = this.#rooms.get(room);
    if (!tally) return;
    Object.assign(tally, { ordinal, read: UNKNOWN });
    this.forget(room);
    this.#tell(room);
  }

  #fresh(room) {
    const tally = { ordinal: 0, read: 0, muted: false, level: "all", reported: 0, spoken: { number: 0, ordinal: 0 }, calls: new Map() };
    this.#rooms.set(room, tally);
    return tally;
  }

  #begin(room, tally, { seq = 0, mentions = [], muted = false, level = "all" }) {
    Object.assign(tally, { muted, level });
    this.#report(tally, seq, mentions);
    this.#tell(room);
  }

  #spoke(tally, type, number, ordinal) {
    if (type !== "message" || number <= tally.reported || number <= tally.spoken.number) return;
    tally.spoken = { number, ordinal };
    tally.read = Math.max(tally.read, ordinal);
  }

  /** What called you when the room stood at `number`; what was heard of later changes holds. */
  #report(tally, number, ordinals) {
    if (number < tally.reported) return;
    tally.reported = number;
    for (const [ordinal, known] of tally.calls) if (known.number <= number) tally.calls.delete(ordinal);
    for (const ordinal of ordinals) if (!tally.calls.has(ordinal)) tally.calls.set(ordinal, { number, calls: true });
  }

  #trim(tally) {
    if (tally.calls.size <= MOST) return;
    for (const ordinal of tally.calls.keys()) if (ordinal <= tally.read) tally.calls.delete(ordinal);
  }

  #tell(room) { this.dispatchEvent(new CustomEvent("change", { detail: { room } })); }
}
