// Owns what one room's log is: the messages held, in order, and what waits to be stored. Pure state:
// it must know neither the DOM nor the socket nor the clock, so the same frames always give the same log.
//
// It holds a window: every message from #floor on. Documents of messages older than the window are not
// kept (history brings their present state when it is asked for), so the log never has a hole.

export class Timeline extends EventTarget {
  #entries = [];            // ordered by seq
  #byId = new Map();
  #pending = new Map();     // nonce → {nonce, message, state, reason, seq?}; seq once it is acknowledged
  #people = new Map();      // person id → {changed, person}: names newer than the documents that carry them
  #cursor;
  #epoch;
  #floor;
  #more;
  #live = false;
  #catchingUp = false;
  #asked;                   // the floor below which a page is asked for; null: none is; undefined: never did
  #passed = new Map();      // id → document below the floor that came while the page is on its way

  constructor({ room, cursor = 0, messages = [], epoch = null, more } = {}) {
    super();
    this.room = room;
    this.#cursor = cursor;
    this.#epoch = epoch;
    this.#take(messages, more);
  }

  get cursor() { return this.#cursor; }
  get live() { return this.#live; }
  get more() { return this.#more; }
  get entries() { return this.#entries.slice(); }
  get last() { return this.#entries.at(-1) ?? null; }
  get pending() { return [...this.#pending.values()].map(face); }

  /** The fields of the join command that resumes here. */
  get join() { return { room: this.room, since: this.#cursor, epoch: this.#epoch }; }

  /** The fields of the history command for the page before the window; its answer counts only for this window. */
  askOlder(limit = 50) {
    this.#asked = this.#floor;
    this.#passed.clear();
    return this.#entries.length ? { room: this.room, before: this.#floor, limit } : { room: this.room, limit };
  }

  /** Takes any frame of the socket; frames of other rooms and unknown types are let by. */
  receive(frame) {
    if (frame.room !== undefined && frame.room !== this.room) return;
    switch (frame.type) {
      case "joined": return this.#joined();
      case "message":
      case "change": return this.#document(frame, () => this.#upsert(frame));
      case "member": return this.#document(frame, () => this.#rename(frame));
      case "synced": return this.#synced(frame);
      case "reset": return this.#reset(frame);
      case "history": return this.#prepend(frame);
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

  // What is not stored yet

  hold(nonce, message) {
    if (this.#pending.has(nonce) || this.#entries.some((entry) => entry.nonce === nonce)) return;
    const item = { nonce, message, state: "waiting", reason: null };
    this.#pending.set(nonce, item);
    this.#tell({ kind: "pending", nonce, pending: face(item) });
  }

  sending(nonce) { this.#mark(this.#pending.get(nonce), "sending"); }
  retry(nonce) { this.#mark(this.#pending.get(nonce), "waiting"); }
  fail(nonce, reason) { this.#mark(this.#pending.get(nonce), "failed", reason); }

  discard(nonce) {
    if (this.#pending.delete(nonce)) this.#tell({ kind: "pending", nonce, pending: null });
  }

  /** Forgets the oldest messages beyond `most`; history brings them back. */
  trim(most) {
    const dropped = this.#entries.splice(0, Math.max(0, this.#entries.length - most));
    if (!dropped.length) return;
    for (const entry of dropped) this.#byId.delete(entry.id);
    this.#floor = this.#entries[0]?.seq ?? this.#cursor + 1;
    this.#more = true;
    this.#tell({ kind: "trim", entries: dropped });
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
    this.#take(frame.messages, frame.more);
    for (const { nonce } of this.#entries) if (nonce) this.#pending.delete(nonce);
    this.#tell({ kind: "reset" });
    this.#settle();
  }

  #take(messages, more) {
    this.#entries = messages.map(entryOf).sort(bySeq);
    this.#byId = new Map(this.#entries.map((entry) => [entry.id, entry]));
    const oldest = this.#entries[0];
    this.#more = more ?? (oldest ? oldest.ordinal > 1 : this.#cursor > 0);
    this.#floor = this.#more ? oldest?.seq ?? this.#cursor + 1 : 0;
  }

  #upsert(frame) {
    const held = this.#byId.get(frame.id);
    if (held) return this.#update(held, frame);
    if (frame.seq < this.#floor) return this.#pass(frame);
    this.#insert(this.#named(entryOf(frame)));
  }

  #insert(entry) {
    const place = this.#placeOf(entry.seq);
    const next = this.#entries[place] ?? null;
    this.#entries.splice(place, 0, entry);
    this.#byId.set(entry.id, entry);
    const settled = entry.nonce != null && this.#pending.delete(entry.nonce);
    this.#tell({ kind: "insert", entry, next, settled });
  }

  #update(held, frame) {
    if (frame.changed <= held.changed) return;
    Object.assign(held, entryOf(frame));
    this.#named(held);
    this.#tell({ kind: "update", entry: held });
  }

  #rename({ changed, person }) {
    if (changed <= (this.#people.get(person.id)?.changed ?? 0)) return;
    this.#people.set(person.id, { changed, person });
    for (const entry of this.#entries) {
      if (entry.author.id === person.id && entry.changed <= changed) entry.author = person;
    }
    this.#tell({ kind: "rename", person });
  }

  #named(entry) {
    const known = this.#people.get(entry.author.id);
    if (known && known.changed > entry.changed) entry.author = known.person;
    return entry;
  }

  /** A document below the window, while a page that was read before it may be on its way. */
  #pass(frame) {
    if (typeof this.#asked === "number") this.#passed.set(frame.id, frame);
  }

  #unask() {
    if (this.#asked !== undefined) this.#asked = null;
    this.#passed.clear();
  }

  #prepend({ messages, more }) {
    if (this.#asked !== undefined && this.#asked !== this.#floor) return;   // asked before a reset: it would leave a hole
    const fresh = [];
    for (const frame of messages) {
      const held = this.#byId.get(frame.id);
      if (held) this.#update(held, frame);
      else fresh.push(this.#named(entryOf(newer(frame, this.#passed.get(frame.id)))));
    }
    this.#unask();
    fresh.sort(bySeq);
    const oldest = Math.min(messages[0]?.seq ?? this.#floor, this.#entries[0]?.seq ?? Infinity);
    const older = !this.#entries.length || !messages.length || messages[0].seq <= this.#entries[0].seq;
    if (older) {
      this.#more = Boolean(more);
      this.#floor = more ? oldest : 0;
    }
    const front = fresh.filter((entry) => !this.#entries.length || entry.seq < this.#entries[0].seq);
    for (const entry of front) this.#byId.set(entry.id, entry);
    this.#entries.unshift(...front);
    for (const entry of fresh.slice(front.length)) this.#insert(entry);
    this.#tell({ kind: "prepend", entries: front });
    for (const { nonce } of front) if (nonce) this.discard(nonce);
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

  /** An acknowledged post at or before the cursor is in the log (or lies before the window): its bubble goes. */
  #settle() {
    for (const item of this.#pending.values()) {
      if (item.seq <= this.#cursor && this.#live) this.discard(item.nonce);
    }
  }

  #mark(item, state, reason = null) {
    if (!item || (item.state === state && item.reason === reason)) return;
    item.state = state;
    item.reason = reason;
    this.#tell({ kind: "pending", nonce: item.nonce, pending: face(item) });
  }

  #placeOf(seq) {
    let low = 0, high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#entries[middle].seq < seq) low = middle + 1; else high = middle;
    }
    return low;
  }

  #tell(detail) { this.dispatchEvent(new CustomEvent("change", { detail })); }
}

const bySeq = (a, b) => a.seq - b.seq;
const newer = (frame, other) => (other?.changed > frame.changed ? other : frame);
const face = ({ nonce, message, state, reason }) => ({ nonce, message, state, reason });

function entryOf({ type, room, ref, ...message }) {
  return { nonce: null, ...message };
}
