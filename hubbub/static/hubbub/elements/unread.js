// Owns the line above the first message that is not read: after which number it stands, and whether the reader has seen
// it. It is drawn only where the message before it is known, so that it never lies. Knows message nodes and numbers.

import { groupAfter, previousMessage } from "hubbub/elements/lines";

export class UnreadLine {
  #make;
  #after = null;                    // the number that everything up to is read; null: no line
  #count = 0;
  #met = true;
  #node;

  /** `list` holds the message nodes, `make` gives a new line. */
  constructor(list, make) {
    this.#make = make;
    this.#node = list.querySelector(".unread");
  }

  get after() { return this.#after; }

  /** The line itself, where it is drawn. */
  get node() { return this.#node?.isConnected ? this.#node : null; }

  /** How many unread messages there are below it while the reader has still to find it; 0 then. */
  get missed() { return this.#met ? 0 : this.#count; }

  /** It stands after this number from now on, or nowhere. */
  set(after, count = 0) {
    this.#after = after;
    this.#count = count;
    this.#met = after === null;
  }

  /** The reader has seen it, or does not need to any more. */
  met() { this.#met = true; }

  /** Puts it where it belongs among these entries, which are all from number `floor` on. */
  draw(entries, floor, nodeOf) {
    const first = this.#after === null ? null : entries.find(({ seq }) => seq > this.#after);
    const known = first && (floor === 0 || first !== entries[0]);
    const target = known ? nodeOf(first.id) : null;
    const line = this.node;
    if (target && line?.nextElementSibling === target) return;
    const below = line?.nextElementSibling;
    line?.remove();
    if (below?.matches(".message")) groupAfter(below, previousMessage(below));
    if (!target) return;
    this.#node = this.#make();
    target.before(this.#node);
    target.classList.remove("message--grouped");
  }
}
