// Owns what was written and is not stored on the server yet, kept in localStorage so that it survives a reload.
// One key per post, so tabs never overwrite each other; two tabs may send the same post, its nonce makes that safe.
// Knows no socket and no DOM.

export class Outbox {
  #prefix;
  #storage;
  #memory = new Map();              // what could not be stored (private mode, full) lives as long as the page

  constructor({ person, room, storage = globalThis.localStorage }) {
    this.#prefix = `hubbub:outbox:${person}:${encodeURIComponent(room)}:`;
    this.#storage = storage;
  }

  /** Everything kept, in the order written: [{nonce, message, reply, at, failed}]. */
  get kept() {
    const items = [...this.#memory.values()];
    this.#try(() => {
      for (let index = 0; index < this.#storage.length; index++) {
        const item = this.#read(this.#storage.key(index));
        if (item) items.push(item);
      }
    });
    return items.sort((a, b) => a.at - b.at);
  }

  keep(nonce, message, { reply = null, failed = null, at = Date.now() } = {}) {
    const item = { nonce, message, reply, failed, at };
    const stored = this.#try(() => this.#storage.setItem(this.#prefix + nonce, JSON.stringify(item)));
    if (!stored) this.#memory.set(nonce, item);
  }

  /** Remembers why it failed (null: to be sent again), at its old place. */
  mark(nonce, failed) {
    const item = this.kept.find((kept) => kept.nonce === nonce);
    if (item && item.failed !== failed) this.keep(nonce, item.message, { reply: item.reply, failed, at: item.at });
  }

  forget(nonce) {
    this.#memory.delete(nonce);
    this.#try(() => this.#storage.removeItem(this.#prefix + nonce));
  }

  /** The nonce that a storage key of this outbox stands for, or null. */
  nonceOf(key) {
    return key?.startsWith(this.#prefix) ? key.slice(this.#prefix.length) : null;
  }

  #read(key) {
    if (!this.nonceOf(key)) return null;
    try { return JSON.parse(this.#storage.getItem(key)); } catch { return null; }
  }

  #try(act) {
    try { act(); return true; } catch { return false; }
  }
}
