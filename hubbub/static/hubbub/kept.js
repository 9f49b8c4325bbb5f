// Owns what the browser keeps: for a person in a room what is not said yet, under a key with both of them, so that nobody
// else who uses the browser gets it; and what somebody prefers, whoever they are. Where nothing may be kept, or no more, it
// lives as long as the page: nothing here throws. Knows no socket and no page.

/** What all windows of a browser keep, and what one tab does over its reloads. */
const BROWSER = "localStorage", TAB = "sessionStorage";

/** Everything that is kept for a person in a room, and what such a thing is: what another version left counts as nothing.
 *  Where two who are one from now on have both something, `join` says what becomes of it; or else the latter's stays. */
const KINDS = {
  draft: { area: BROWSER, is: (value) => typeof value === "string", join: (...texts) => [...new Set(texts)].join("\n") },
  reply: { area: BROWSER, is: (value) => Boolean(value?.author) },
  outbox: { area: BROWSER, is: (value) => Boolean(value?.nonce && value.message) },
  edit: { area: TAB, is: (value) => typeof value?.said?.text === "string" },
};

const SOON = 300;                   // ms without another

/** One thing that is kept for a person in a room, the same in all windows: `heard` hears what another wrote, and what was
 *  known here before. What one window has not touched it never writes, so that closing it takes nothing from another. */
export class One {
  #kind; #key; #known; #timer;

  constructor(kind, { person, room }, heard = () => {}) {
    this.#kind = KINDS[kind];
    this.#key = keyOf(kind, person, room);
    this.#known = this.#stored;
    listen(this.#kind.area, (key) => {
      if (key !== this.#key && key !== null) return;
      const before = this.#known;
      heard(this.#known = this.#stored, before);
    });
  }

  /** The value as far as this window knows it, or null. */
  get value() { return this.#known; }

  set value(value) {
    clearTimeout(this.#timer);
    if (JSON.stringify(value) === JSON.stringify(this.#known)) return;
    this.#known = value;
    write(this.#kind.area, this.#key, value === null ? null : JSON.stringify(value));
  }

  /** Keeps it soon: there may be more at once. */
  soon(value) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => { this.value = value; }, SOON);
  }

  get #stored() { return valueOf(this.#kind, read(this.#kind.area, this.#key)); }
}

/** Many things of one kind, each under a name and a key of its own, so that windows never overwrite each other's. `gone`
 *  hears the name of one that another window took away. */
export class Many {
  #kind; #begin;
  #here = new Map();                // what could not be written

  constructor(kind, { person, room }, gone = () => {}) {
    this.#kind = KINDS[kind];
    this.#begin = `${keyOf(kind, person, room)}:`;
    listen(this.#kind.area, (key, text) => { if (text === null && key?.startsWith(this.#begin)) gone(key.slice(this.#begin.length)); });
  }

  get values() {
    const { area } = this.#kind, mine = keys(area).filter((key) => key.startsWith(this.#begin));
    const found = mine.map((key) => valueOf(this.#kind, read(area, key)));
    return [...this.#here.values(), ...found.filter((value) => value !== null)];
  }

  put(name, value) {
    if (write(this.#kind.area, this.#begin + name, JSON.stringify(value))) this.#here.delete(name);
    else this.#here.set(name, value);
  }

  drop(name) {
    this.#here.delete(name);
    write(this.#kind.area, this.#begin + name, null);
  }
}

/** What is kept for one person is another's from now on: they are one and the same. */
export function inherit(old, now) {
  if (old === now) return;
  for (const [name, kind] of Object.entries(KINDS)) {
    const begins = keyOf(name, old);
    for (const key of keys(kind.area)) if (key.startsWith(begins)) move(kind, key, keyOf(name, now) + key.slice(begins.length));
  }
}

function move(kind, from, to) {
  const text = read(kind.area, from), mine = valueOf(kind, text), theirs = valueOf(kind, read(kind.area, to));
  write(kind.area, from, null);                                      // first: there may be no room for it twice
  if (mine === null) return;
  const both = theirs === null ? mine : kind.join?.(theirs, mine) ?? theirs;
  if (!write(kind.area, to, JSON.stringify(both))) write(kind.area, from, text);
}

/** A text that is kept for whoever uses the browser (or this tab), or null. */
export function preference(name, area = BROWSER) { return read(area, `hubbub:${name}`); }

/** Keeps that text; null: nothing. Whether it could. */
export function prefer(name, text, area = BROWSER) { return write(area, `hubbub:${name}`, text); }

const keyOf = (kind, person, room = "") => `hubbub:${kind}:${person}:${encodeURIComponent(room)}`;

function valueOf({ is }, text) {
  try {
    const value = JSON.parse(text);
    return is(value) ? value : null;
  } catch {
    return null;
  }
}

// The browser may forbid a page to keep anything (even to ask whether it may), and have no room for more.

function read(area, key) {
  try { return globalThis[area].getItem(key); } catch { return null; }
}

function write(area, key, text) {
  try {
    if (text === null) globalThis[area].removeItem(key);
    else globalThis[area].setItem(key, text);
    return true;
  } catch {
    return false;
  }
}

function keys(area) {
  try { return Object.keys(globalThis[area]); } catch { return []; }
}

/** Hears what other windows write: a key and its new text; null and null when they forget everything. */
function listen(area, heard) {
  if (area === BROWSER) addEventListener("storage", ({ key, newValue }) => heard(key, newValue));
}
