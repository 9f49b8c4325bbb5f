// Knows how to find out whether this page is still ours to see, when the socket is refused without a word: a browser
// shows every refused handshake as 1006, whatever the reason.

const ASK_AFTER = 3;                // failed attempts; then at every third

export class Door {
  #url; #fetch;

  constructor({ url, fetch = (...asked) => globalThis.fetch(...asked) }) {
    this.#url = url;
    this.#fetch = fetch;
  }

  /** After so many failures in a row: whether the server says that who asks must sign in first. */
  async closed(failures) {
    if (failures === 0 || failures % ASK_AFTER !== 0) return false;
    try {
      const answer = await this.#fetch(this.#url, { method: "HEAD", redirect: "manual", cache: "no-store" });
      return answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403;
    } catch {
      return false;                 // no server, no answer
    }
  }
}
