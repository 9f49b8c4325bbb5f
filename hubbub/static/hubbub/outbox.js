// Owns what was written and is not stored on the server yet, kept so that it survives a reload. Two windows may send the same
// post: its nonce makes that safe. Knows no socket and no DOM.

import { Many } from "hubbub/kept";

export class Outbox {
  #posts;

  /** `gone` hears the nonce of a post that another window delivered or discarded. */
  constructor({ person, room, gone }) {
    this.#posts = new Many("outbox", { person, room }, gone);
  }

  /** Everything kept, in the order written: [{nonce, message, reply, at, failed}]. */
  get kept() { return this.#posts.values.sort((a, b) => a.at - b.at); }

  keep(nonce, message, { reply = null, failed = null, at = Date.now() } = {}) {
    this.#posts.put(nonce, { nonce, message, reply, failed, at });
  }

  /** Remembers why it failed (null: to be sent again), at its old place. */
  mark(nonce, failed) {
    const item = this.kept.find((kept) => kept.nonce === nonce);
    if (item && item.failed !== failed) this.keep(nonce, item.message, { reply: item.reply, failed, at: item.at });
  }

  forget(nonce) { this.#posts.drop(nonce); }
}
