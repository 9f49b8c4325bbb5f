// Owns what is being written in one room and not sent: kept in localStorage over reloads, the same in all windows.
// What one window has not touched it never writes, so that closing it takes nothing from another. Knows no field.

const AFTER = 300;                  // ms without another key

export class Draft {
  #key;
  #known;                           // what is kept, as far as this window knows
  #timer;

  /** `changed` hears what another window wrote, and what this one knew before. */
  constructor({ person, room, changed = () => {} }) {
    this.#key = `hubbub:draft:${person}:${encodeURIComponent(room)}`;
    this.#known = this.#stored();
    addEventListener("storage", ({ key, newValue }) => {
      if (key !== this.#key && key !== null) return;
      const before = this.#known;
      changed(this.#known = newValue ?? "", before);
    });
  }

  get text() { return this.#known; }

  /** Keeps it soon. */
  type(text) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.keep(text), AFTER);
  }

  /** Keeps it now. */
  keep(text) {
    clearTimeout(this.#timer);
    if (text === this.#known) return;
    this.#known = text;
    try {
      if (text) localStorage.setItem(this.#key, text);
      else localStorage.removeItem(this.#key);
    } catch { /* no storage: the draft lives as long as the page */ }
  }

  #stored() {
    try { return localStorage.getItem(this.#key) ?? ""; } catch { return ""; }
  }
}
