// Owns what is being written over a message of yours: of which, and how far. Kept in this tab over reloads, and while the
// message is scrolled far away. Knows no socket and no page.

export class Rewriting {
  #key;
  #held;

  constructor({ person, room }) {
    this.#key = `hubbub:edit:${person}:${encodeURIComponent(room)}`;
    this.#held = this.#stored();
  }

  /** {id, said, text}: the revision that it was begun on (editor.js), and what the message should say; or null. */
  get held() { return this.#held; }

  /** Whether anything would be lost. */
  get changed() { return Boolean(this.#held) && this.#held.text !== this.#held.said.text; }

  begin(id, said, text) { this.#hold({ id, said, text }); }

  write(text) { if (this.#held) this.#hold({ ...this.#held, text }); }

  /** It is saved, or given up. */
  end(id) { if (this.#held?.id === id) this.#hold(null); }

  #hold(held) {
    this.#held = held;
    try {
      if (this.changed) sessionStorage.setItem(this.#key, JSON.stringify(held));
      else sessionStorage.removeItem(this.#key);
    } catch { /* no storage: it lives as long as the page */ }
  }

  #stored() {
    try { return JSON.parse(sessionStorage.getItem(this.#key)); } catch { return null; }
  }
}
