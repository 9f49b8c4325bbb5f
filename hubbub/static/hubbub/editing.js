// Owns how a message is said otherwise: opens the field in its place, keeps what is written in it over reloads and while
// the message is far away, saves it, and asks before it goes over a text that came from elsewhere meanwhile. Knows the editor
// and the page's log; whoever starts it asks the server.

import { quoteOf } from "hubbub/entry";
import { One } from "hubbub/kept";
import { deedsUrl } from "hubbub/elements/attached";
import { confirmed } from "hubbub/elements/confirm";
import { Editor, editing } from "hubbub/elements/editor";
import { say } from "hubbub/elements/note";

export class Editing {
  #log; #limit; #entry; #may; #ask; #emptied; #left;
  #held;                            // what is being edited: {id, said, text}, with the revision (editor.js) that it stands on
  #editor = null;

  /** `entry` gives a message of the log or null, `may` tells whether it may be edited, `ask` sends a command and gives its
   *  refusal; `emptied` hears that nothing is to be left of a message, `left` where the keyboard goes: to a message, or
   *  without one to where one writes. */
  constructor({ page, log, entry, may, ask, emptied, left }) {
    this.#log = log;
    this.#limit = page.limits.message;
    this.#entry = entry;
    this.#may = may;
    this.#ask = ask;
    this.#emptied = emptied;
    this.#left = left;
    this.#held = new One("edit", { person: page.you.id, room: page.room });
    queueMicrotask(() => this.resume());
  }

  /** Opens the field in a message: at once, so that no key goes elsewhere while its text is on the way. */
  async begin(entry) {
    const row = rowOf(entry.id);
    if (!row) return;
    if (editing(row)) return editing(row).querySelector("textarea").focus();
    const editor = this.#open(row, entry.id);
    const said = entry.message === null ? await stored(entry.id) : entry;
    if (!editor.open) return;
    if (!said) { editor.close("kept"); return say("offline"); }
    editor.fill(revision(said));
    this.heard(this.#entry(entry.id));
  }

  /** A message that was being edited is here again, after a reload or from far away: so is what was written. */
  resume() {
    const held = this.#held.value, row = held && rowOf(held.id);
    if (!row || editing(row)) return;
    if (!this.#written || !this.#may(this.#entry(held.id))) return this.#end(held.id);
    this.#log.keep(() => this.#open(row, held.id, { focus: false }).fill(held.said, held.text));
    this.heard(this.#entry(held.id));
  }

  /** A message is another now: perhaps it got its text in another window. */
  async heard(entry) {
    const { id, said } = this.#held.value ?? {}, editor = this.#editor;
    if (!entry || entry.id !== id || entry.changed <= said.base || entry.edited_at === said.edited) return;
    const now = entry.message === null ? await stored(id) : entry;
    if (now && editor?.open) this.#log.keep(() => editor.follow(revision(now)));
  }

  /** A message is gone, and with it what was to be made of it. */
  abandon(id) {
    const form = editing(rowOf(id)), written = this.#held.value?.id === id && this.#written;
    const focused = form?.contains(document.activeElement);
    form?.remove();
    this.#end(id);
    if (focused) this.#left();
    if (written) say("gone");
  }

  /** Whether anything would be lost. */
  get #written() { return Boolean(this.#held.value) && this.#held.value.text !== this.#held.value.said.text; }

  /** It is saved, or given up. */
  #end(id) { if (this.#held.value?.id === id) this.#held.value = null; }

  #open(row, id, { focus = true } = {}) {
    return this.#editor = new Editor(row, {
      limit: this.#limit,
      begun: (said, text) => { this.#held.value = { id, said, text }; },
      typed: (text) => { if (this.#held.value?.id === id) this.#held.value = { ...this.#held.value, text }; },
      emptied: () => this.#emptied(id),
      save: (message, said) => this.#save(id, message, said),
      done: (how, focused) => {
        this.#end(id);
        if (focused) this.#left(how === "kept" ? id : null);
      },
    }, { focus });
  }

  /** Null, or the words with which it was refused; what would go over a newer text is asked about. */
  async #save(id, message, { base }) {
    const refused = await this.#ask({ type: "edit", id, message, base });
    if (refused?.code !== "edited_since") return refused && refused.message;
    const now = await stored(id);
    if (!now) return refused.message;
    if (await confirmed("over", quoteOf(now))) return this.#save(id, message, revision(now));
    this.#editor.follow(revision(now));
    return "";                                                           // the editor says it
  }
}

/** What the author of a message typed, which a page that the server rendered does not have; null without a line. */
export async function source(id) { return (await stored(id))?.message ?? null; }

/** The message as the server has it. */
async function stored(id) {
  try {
    const response = await fetch(deedsUrl(id), { headers: { Accept: "application/json" } });
    return response.ok ? await response.json() : null;
  } catch {
    return null;
  }
}

const revision = ({ message, changed, edited_at }) => ({ text: message, base: changed, edited: edited_at ?? null });
const rowOf = (id) => document.getElementById(`m${id}`);
