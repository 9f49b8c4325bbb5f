// Owns the way of a post from the outbox to the server: one at a time and in order, again after a break, again
// after a refusal that passes. Knows the timeline, the outbox and the connection; no DOM.

import { Refusal } from "hubbub/connection";

const TRY_AGAIN_FIRST = 1_000;
const TRY_AGAIN_MOST = 30_000;

export class Courier {
  #timeline; #outbox; #connection; #room;
  #open = false;
  #busy = false;
  #refusals = 0;
  #timer;

  /** `room` is what the room is called when something is said in it: by its key, or by its name. */
  constructor({ timeline, outbox, connection, room }) {
    this.#timeline = timeline;
    this.#outbox = outbox;
    this.#connection = connection;
    this.#room = room;
    timeline.addEventListener("change", ({ detail }) => this.#stored(detail));
    this.#adopt();
  }

  /** Says it, perhaps in answer to the message that `reply` quotes. */
  post(message, reply = null) {
    const nonce = newNonce();
    this.#outbox.keep(nonce, message, { reply });
    this.#timeline.hold(nonce, message, reply);
    this.#drain();
  }

  retry(nonce) {
    this.#outbox.mark(nonce, null);
    this.#timeline.retry(nonce);
    this.#drain();
  }

  discard(nonce) {
    this.#outbox.forget(nonce);
    this.#timeline.discard(nonce);
  }

  /** The room is in step again: send what waits, also what another tab left behind. */
  online() {
    this.#open = true;
    this.#refusals = 0;
    this.#adopt();
    this.#drain();
  }

  offline() {
    this.#open = false;
    clearTimeout(this.#timer);
  }

  /** Another tab delivered or discarded it. */
  gone(nonce) {
    const item = this.#timeline.pending.find((pending) => pending.nonce === nonce);
    if (item && item.state !== "sending") this.#timeline.discard(nonce);
  }

  #adopt() {
    const stored = new Set(this.#timeline.entries.map((entry) => entry.nonce));
    for (const { nonce, message, reply, failed } of this.#outbox.kept) {
      if (stored.has(nonce)) { this.#outbox.forget(nonce); continue; }
      this.#timeline.hold(nonce, message, reply);
      if (failed) this.#timeline.fail(nonce, failed);
    }
  }

  async #drain() {
    if (this.#busy) return;
    this.#busy = true;
    try {
      let next;
      while (this.#open && (next = this.#timeline.pending.find(({ state }) => state === "waiting"))) await this.#deliver(next);
    } finally {
      this.#busy = false;
    }
  }

  async #deliver({ nonce, message, reply }) {
    this.#timeline.sending(nonce);
    try {
      const { id } = await this.#connection.ask({ type: "post", room: this.#room, message, nonce, ...(reply && { reply_to: reply.id }) });
      this.#refusals = 0;
      this.#outbox.forget(nonce);
      if (id === undefined) this.#timeline.discard(nonce);             // a command that had nothing to say
    } catch (error) {
      if (error instanceof Refusal) this.#refused(nonce, error);
      else this.#timeline.retry(nonce);                           // lost: the nonce makes a second try safe
    }
  }

  /** `rate_limited` and `try_again` pass by themselves; everything else is for the writer to decide. */
  #refused(nonce, { code, frame }) {
    if (code !== "rate_limited" && code !== "try_again") return this.#outbox.mark(nonce, frame.message);
    const backoff = Math.min(TRY_AGAIN_MOST, TRY_AGAIN_FIRST * 2 ** this.#refusals++) * (0.5 + Math.random() / 2);
    this.#open = false;
    this.#timer = setTimeout(() => { this.#open = true; this.#drain(); }, frame.retry_after ? frame.retry_after * 1000 + 50 : backoff);
  }

  #stored({ kind, entry, entries }) {
    if ((kind === "insert" || kind === "beyond") && entry.nonce) this.#outbox.forget(entry.nonce);
    if (kind === "prepend" || kind === "append" || kind === "jump") for (const { nonce } of entries) if (nonce) this.#outbox.forget(nonce);
    if (kind === "reset") for (const { nonce } of this.#timeline.entries) if (nonce) this.#outbox.forget(nonce);
  }
}

/** 128 random bits as hex; randomUUID is missing where the page is not a secure context. */
function newNonce() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
