// Owns the messages held of one room: a slice of its log without holes, every message born at floor ≤ seq < ceiling.
// A ceiling of Infinity means that it reaches the present. Pure state: it must know neither frames nor the page.

export class Slice {
  #entries = [];            // ordered by seq
  #byId = new Map();
  #floor = 0;
  #ceiling = Infinity;

  get entries() { return this.#entries.slice(); }
  get length() { return this.#entries.length; }
  get first() { return this.#entries[0] ?? null; }
  get last() { return this.#entries.at(-1) ?? null; }
  get floor() { return this.#floor; }
  get ceiling() { return this.#ceiling; }

  has(id) { return this.#byId.has(id); }
  get(id) { return this.#byId.get(id); }
  some(test) { return this.#entries.some(test); }
  [Symbol.iterator]() { return this.#entries[Symbol.iterator](); }

  /** Whether a message born at `seq` belongs to it. */
  covers(seq) { return seq >= this.#floor && seq < this.#ceiling; }

  /** Other messages instead, all there are between the two numbers. */
  replace(entries, floor, ceiling) {
    this.#entries = entries.toSorted(bySeq);
    this.#byId = new Map(entries.map((entry) => [entry.id, entry]));
    this.#floor = floor;
    this.#ceiling = ceiling;
  }

  /** All messages between `floor` and what it begins with. */
  prepend(entries, floor) {
    this.#entries.unshift(...entries.toSorted(bySeq));
    for (const entry of entries) this.#byId.set(entry.id, entry);
    this.#floor = floor;
  }

  /** All messages between what it ends with and `ceiling`. */
  append(entries, ceiling) {
    this.#entries.push(...entries.toSorted(bySeq));
    for (const entry of entries) this.#byId.set(entry.id, entry);
    this.#ceiling = ceiling;
  }

  /** A message that was born in it; gives the one that follows, or null. */
  insert(entry) {
    const place = this.#placeOf(entry.seq);
    const next = this.#entries[place] ?? null;
    this.#entries.splice(place, 0, entry);
    this.#byId.set(entry.id, entry);
    return next;
  }

  /** Forgets its oldest messages beyond `most`; gives them. The last one is never forgotten. */
  dropOldest(most) {
    const dropped = this.#drop(0, this.#entries.length - Math.max(1, most));
    if (dropped.length) this.#floor = this.#entries[0].seq;
    return dropped;
  }

  /** Forgets its newest messages beyond `most`; gives them. */
  dropNewest(most) {
    const kept = Math.max(1, most);
    const dropped = this.#drop(kept, this.#entries.length - kept);
    if (dropped.length) this.#ceiling = dropped[0].seq;
    return dropped;
  }

  #drop(from, count) {
    const dropped = this.#entries.splice(from, Math.max(0, count));
    for (const entry of dropped) this.#byId.delete(entry.id);
    return dropped;
  }

  #placeOf(seq) {
    let low = 0, high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#entries[middle].seq < seq) low = middle + 1; else high = middle;
    }
    return low;
  }
}

const bySeq = (a, b) => a.seq - b.seq;
