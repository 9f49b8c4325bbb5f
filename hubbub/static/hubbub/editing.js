// Owns how a message is said otherwise: opens the field in its place, keeps what is written in it over reloads and while
// the message is far away, saves it. Knows the editor and the page's log; whoever starts it asks the server.

import { Rewriting } from "hubbub/rewriting";
import { deedsUrl } from "hubbub/elements/attached";
import { edit, editing } from "hubbub/elements/editor";
import { say } from "hubbub/elements/note";

export class Editing {
  #log; #limit; #may; #ask; #emptied; #left; #rewriting;

  /** `may` tells whether a message may be edited, `ask` sends a command; `emptied` hears that nothing is to be left of a
   *  message, `left` where the keyboard goes: to a message, or without one to where one writes. */
  constructor({ page, log, may, ask, emptied, left }) {
    this.#log = log;
    this.#limit = page.limits.message;
    this.#may = may;
    this.#ask = ask;
    this.#emptied = emptied;
    this.#left = left;
    this.#rewriting = new Rewriting({ person: page.you.id, room: page.room });
    queueMicrotask(() => this.resume());
  }

  /** Opens the field in a message. */
  async begin(entry) {
    const text = entry.message ?? (await source(entry.id));
    if (text === null) return say("offline");
    const row = rowOf(entry.id);
    if (!row) return;
    if (!editing(row)) this.#rewriting.begin(entry.id, text);
    this.#open(row, this.#rewriting.held);
  }

  /** A message that was being edited is here again, after a reload or from far away: so is what was written. */
  resume() {
    const held = this.#rewriting.held, row = held && rowOf(held.id);
    if (!row || editing(row)) return;
    if (this.#rewriting.changed && this.#may(held.id)) this.#log.keep(() => this.#open(row, held, { focus: false }));
    else this.#rewriting.end(held.id);
  }

  /** A message is gone, and with it what was to be made of it. */
  abandon(id) {
    const form = editing(rowOf(id)), written = this.#rewriting.held?.id === id && this.#rewriting.changed;
    const focused = form?.contains(document.activeElement);
    form?.remove();
    this.#rewriting.end(id);
    if (focused) this.#left();
    if (written) say("gone");
  }

  #open(row, { id, source, text }, { focus = true } = {}) {
    edit(row, source, {
      text, focus,
      limit: this.#limit,
      typed: (now) => this.#rewriting.write(now),
      emptied: () => this.#emptied(id),
      save: (message) => this.#ask({ type: "edit", id, message }),
      done: (how) => {
        this.#rewriting.end(id);
        this.#left(how === "kept" ? id : null);
      },
    });
  }
}

/** What the author of a message typed, which a page that the server rendered does not have; null without a line. */
export async function source(id) {
  try {
    const response = await fetch(deedsUrl(id), { headers: { Accept: "application/json" } });
    return response.ok ? (await response.json()).message : null;
  } catch {
    return null;
  }
}

const rowOf = (id) => document.getElementById(`m${id}`);
