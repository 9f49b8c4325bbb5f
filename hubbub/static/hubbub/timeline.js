// Owns what one room's log is: the messages held, in order, and what waits to be stored. Pure state:
// it must know neither the DOM nor the socket nor the clock, so the same frames always give the same log.
//
// It holds a slice of the log without holes (slice.js), wherever the reader is. Documents of messages outside of it are
// not kept: a page of history brings their present state when it is asked for. What is said after its end is told as
// `beyond`, and not kept either; a page that reaches the present joins the slice to what comes live.

import { entryOf, quoteOf, rename, requote } from "hubbub/entry";
import { Slice } from "hubbub/slice";

const PAGE = 25;            // messages that come while one scrolls: few enough to be laid out within a frame

export class Timeline extends EventTarget {
  #slice = new Slice();
  #pending = new Map();     // nonce → {nonce, message, state, reason, seq?}; seq once it is acknowledged
  #people = new Map();      // person id → {changed, person}: names newer than the documents that carry them
  #quotes = new Map();      // message id → its newest quote, of messages that changed while somebody looked
  #cursor;
  #epoch;
  #heard = 0;               // the highest ordinal of a message that came by
  #live = false;
  #catchingUp = false;
  #asked = null;            // the page that is asked for: the command's fields; its answer counts only for this slice
  #passed = new Map();      // id → document that came while that page is on its way: it may be newer than the page

  constructor({ room, cursor = 0, messages = [], epoch = null, more, newer = false } = {}) {
    super();
    this.room = room;
    this.#cursor = cursor;
    this.#epoch = epoch;
    const oldest = messages[0];
    this.#begin(messages, more ?? (oldest ? oldest.ordinal > 1 : cursor > 0), newer);
  }

  get cursor() { return this.#cursor; }
  get live() { return this.#live; }
  get more() { return this.#slice.floor > 0; }                // there are older messages
  get floor() { return this.#slice.floor; }                   // all messages born from here on are held, up to the last
  get present() { return this.#slice.ceiling === Infinity; }  // there are no newer ones
  get entries() { return this.#slice.entries; }
  get last() { return this.#slice.last; }
  get pending() { return [...this.#pending.values()].map(face); }

  /** The fields of the join command that resumes here. */
  get join() { return { room: this.room, since: this.#cursor, epoch: this.#epoch }; }

  /** Takes any frame of the socket; frames of other rooms and unknown types are let by. */
  receive(frame) {
    if (frame.room !== undefined && frame.room !== this.room) return;
    switch (frame.type) {
      case "joined": return this.#joined();
      case "message":
      case "change": return this.#document(frame, () => { this.#upsert(frame); this.#requote(frame); });
      case "member": return this.#document(frame, () => this.#rename(frame));
      case "room": return this.#document(frame, () => this.#tell({ kind: "room", room: frame }));
      case "synced": return this.#synced(frame);
      case "reset": return this.#reset(frame);
      case "ok": return this.#acknowledge(frame);
      case "refused": return this.#refuse(frame);
    }
  }

  disconnected() {
    this.#live = this.#catchingUp = false;
    this.#unask();
    for (const item of this.#pending.values()) {
      if (item.state === "sending" && item.seq === undefined) this.#mark(item, "waiting");
    }
  }

  // Pages of history: each gives the fields of the command; hand its answer to turn()

  askOlder(limit = PAGE) { return this.#ask({ before: this.#slice.floor, limit }); }
  askNewer(limit = PAGE) { return this.#ask({ after: this.#slice.ceiling - 1, limit }); }

  /** Instead of what is held: `around` a message's number, `at` a moment, or the newest page with neither. */
  askAway(where = {}, limit = 50) { return this.#ask({ ...where, limit }); }

  /** The answer to what was asked; false when the slice is another by now and the answer of no use. */
  turn(asked, page) {
    if (asked !== this.#asked) return false;
    const passed = this.#passed;
    this.#asked = null;
    this.#passed = new Map();
    if (asked.before !== undefined) this.#prepend(page, passed);
    else if (asked.after !== undefined) this.#append(page, passed);
    else this.#jump(page, passed);
    return true;
  }

  /** Forgets the oldest, or the newest, messages beyond `most`; history brings them back. */
  trim(most) { this.#trimmed(this.#slice.dropOldest(most)); }
  trimNewest(most) { this.#trimmed(this.#slice.dropNewest(most)); }

  // What is not stored yet

  hold(nonce, message, reply = null) {
    if (this.#pending.has(nonce) || this.#slice.some((entry) => entry.nonce === nonce)) return;
    const item = { nonce, message, reply, state: "waiting", reason: null };
    this.#pending.set(nonce, item);
    this.#tell({ kind: "pending", nonce, pending: face(item) });
  }

  sending(nonce) { this.#mark(this.#pending.get(nonce), "sending"); }
  retry(nonce) { this.#mark(this.#pending.get(nonce), "waiting"); }
  fail(nonce, reason) { this.#mark(this.#pending.get(nonce), "failed", reason); }

  discard(nonce) {
    if (this.#pending.delete(nonce)) this.#tell({ kind: "pending", nonce, pending: null });
  }

  // Documents and their numbers

  #joined() {
    this.#live = false;
    this.#catchingUp = true;
  }

  #document(frame, apply) {
    if (this.#catchingUp) return apply();
    if (!this.#live) return;
    if (frame.changed > this.#cursor + 1) return this.#gap(frame.changed);
    if (frame.changed <= this.#cursor) return;
    this.#cursor = frame.changed;
    apply();
    this.#settle();
  }

  #gap(number) {
    this.#live = false;
    this.dispatchEvent(new CustomEvent("gap", { detail: { cursor: this.#cursor, number } }));
  }

  #synced(frame) {
    this.#cursor = frame.seq;
    this.#catchingUp = false;
    this.#live = true;
    this.#settle();
    this.#tell({ kind: "synced" });
  }

  #reset(frame) {
    this.#cursor = frame.seq;
    this.#epoch = frame.epoch ?? this.#epoch;
    this.#catchingUp = false;
    this.#live = true;
    this.#unask();
    this.#people.clear();
    this.#quotes.clear();
    this.#heard = 0;
    this.#begin(frame.messages, frame.more, false);
    this.#stored(this.#slice);
    this.#tell({ kind: "reset" });
    this.#settle();
  }

  /** Holds this page. A page without messages lies at the end of the room. */
  #begin(messages, more, newer) {
    const entries = messages.map(entryOf);
    const floor = more ? entries[0]?.seq ?? this.#cursor + 1 : 0;
    this.#slice.replace(entries, floor, newer && entries.length ? entries.at(-1).seq + 1 : Infinity);
    this.#hear(this.#slice.last?.ordinal);
  }

  #upsert(frame) {
    if (this.#asked) this.#passed.set(frame.id, newer(frame, this.#passed.get(frame.id)));
    const held = this.#slice.get(frame.id);
    if (held) return this.#update(held, frame);
    if (!this.#slice.covers(frame.seq)) return this.#outside(frame);
    this.#insert(this.#named(entryOf(frame)));
  }

  #insert(entry) {
    this.#hear(entry.ordinal);
    const next = this.#slice.insert(entry);
    const settled = entry.nonce != null && this.#pending.delete(entry.nonce);
    this.#tell({ kind: "insert", entry, next, settled });
  }

  #update(held, frame) {
    if (frame.changed <= held.changed) return;
    Object.assign(held, entryOf(frame));
    this.#named(held);
    this.#tell({ kind: "update", entry: held });
  }

  /** A message outside of the slice. It is not kept; one that was said after the slice's end is told. */
  #outside(frame) {
    if (frame.seq < this.#slice.ceiling) return;
    if (frame.nonce != null) this.discard(frame.nonce);
    if (this.#hear(frame.ordinal)) this.#tell({ kind: "beyond", entry: entryOf(frame) });
  }

  /** Whether a message of this ordinal is a new one. */
  #hear(ordinal = 0) {
    const fresh = ordinal > this.#heard;
    if (fresh) this.#heard = ordinal;
    return fresh;
  }

  #rename({ changed, person }) {
    if (changed <= (this.#people.get(person.id)?.changed ?? 0)) return;
    this.#people.set(person.id, { changed, person });
    const updated = [...this.#slice].filter((entry) => rename(entry, { changed, person }));
    this.#tell({ kind: "rename", person });
    for (const entry of updated) this.#tell({ kind: "update", entry });
  }

  /** What answers a message shows it as it stands now. */
  #requote(frame) {
    if (frame.changed === frame.seq) return;
    const quote = quoteOf(frame);
    this.#quotes.delete(frame.id);
    this.#quotes.set(frame.id, quote);
    if (this.#quotes.size > QUOTES_KEPT) this.#quotes.delete(this.#quotes.keys().next().value);
    for (const entry of [...this.#slice]) if (requote(entry, quote)) this.#tell({ kind: "update", entry });
  }

  /** The entry with the names and the quote of today. */
  #named(entry) {
    if (entry.reply_to) requote(entry, this.#quotes.get(entry.reply_to.id));
    for (const known of this.#people.values()) if (known.changed > entry.changed) rename(entry, known);
    return entry;
  }

  // Pages

  #ask(fields) {
    this.#passed.clear();
    return this.#asked = { room: this.room, ...fields };
  }

  #unask() {
    this.#asked = null;
    this.#passed.clear();
  }

  #prepend({ messages, more }, passed) {
    const ceiling = this.#slice.floor;
    const floor = more && messages.length ? messages[0].seq : 0;
    const entries = this.#between(messages, passed, floor, ceiling);
    this.#slice.prepend(entries, floor);
    this.#turned("prepend", entries);
  }

  #append({ messages, newer }, passed) {
    const floor = this.#slice.ceiling;
    const ceiling = newer && messages.length ? messages.at(-1).seq + 1 : Infinity;
    const entries = this.#between(messages, passed, floor, ceiling);
    this.#slice.append(entries, ceiling);
    this.#turned("append", entries);
  }

  #jump({ messages, more, newer, focus = 0 }, passed) {
    const floor = more && messages.length ? messages[0].seq : 0;
    const ceiling = newer && messages.length ? messages.at(-1).seq + 1 : Infinity;
    const entries = this.#between(messages, passed, floor, ceiling);
    this.#slice.replace(entries, floor, ceiling);
    this.#turned("jump", entries, focus);
  }

  /** All messages of a page between two numbers, in the newest state known. What passed by and is not on the page was
      born after it was read. */
  #between(messages, passed, floor, ceiling) {
    const found = new Map(messages.map((frame) => [frame.id, newer(frame, passed.get(frame.id))]));
    for (const [id, frame] of passed) if (!found.has(id)) found.set(id, frame);
    return [...found.values()]
      .filter(({ seq }) => seq >= floor && seq < ceiling)
      .sort((a, b) => a.seq - b.seq)
      .map((frame) => this.#named(entryOf(frame)));
  }

  #turned(kind, entries, focus) {
    this.#hear(this.#slice.last?.ordinal);
    this.#tell({ kind, entries, focus });
    this.#stored(entries);
  }

  #trimmed(entries) {
    if (!entries.length) return;
    this.#unask();
    this.#tell({ kind: "trim", entries });
  }

  // Answers to posts

  #acknowledge({ nonce, seq }) {
    const item = this.#pending.get(nonce);
    if (!item) return;
    item.seq = seq;
    this.#mark(item, "sending");
    this.#settle();
  }

  #refuse({ nonce, code, message }) {
    const passing = code === "rate_limited" || code === "try_again";
    this.#mark(this.#pending.get(nonce), passing ? "waiting" : "failed", message);
  }

  /** An acknowledged post at or before the cursor is in the log (or lies outside of the slice): its bubble goes. */
  #settle() {
    for (const item of this.#pending.values()) {
      if (item.seq <= this.#cursor && this.#live) this.discard(item.nonce);
    }
  }

  /** These are in the log: no bubble waits for them. */
  #stored(entries) {
    for (const { nonce } of entries) if (nonce) this.discard(nonce);
  }

  #mark(item, state, reason = null) {
    if (!item || (item.state === state && item.reason === reason)) return;
    item.state = state;
    item.reason = reason;
    this.#tell({ kind: "pending", nonce: item.nonce, pending: face(item) });
  }

  #tell(detail) { this.dispatchEvent(new CustomEvent("change", { detail })); }
}

const QUOTES_KEPT = 1_000;
const newer = (frame, other) => (other?.changed > frame.changed ? other : frame);
const face = ({ nonce, message, reply, state, reason }) => ({ nonce, message, reply, state, reason });
