// Owns the asking for pages of history: older, newer, or somewhere else in the log. The last one asked for counts.
// Knows the timeline and the connection; no DOM.

export class Pages {
  #timeline; #connection;

  constructor({ timeline, connection }) {
    this.#timeline = timeline;
    this.#connection = connection;
  }

  /** Each gives whether the page was of use; throws Refusal or Lost. */
  older() { return this.#turn(this.#timeline.askOlder()); }
  newer() { return this.#turn(this.#timeline.askNewer()); }

  /** Around a message's number, at a moment, or to the present with neither. */
  away({ around, at } = {}) {
    return this.#turn(this.#timeline.askAway({ ...(around !== undefined && { around }), ...(at !== undefined && { at }) }));
  }

  async #turn(asked) {
    return this.#timeline.turn(asked, await this.#connection.ask({ type: "history", ...asked }));
  }
}
