// <hubbub-connection>: the quiet bar that says how the line is. Knows no socket; its `again` event asks for another try.

const QUIET_FOR = 1_000;            // a break shorter than this is nobody's business
const WAYS = ["again", "reload", "sign-in", "sign-up", "rooms"];

class HubbubConnection extends HTMLElement {
  #timer;

  connectedCallback() {
    this.#again.addEventListener("click", () => this.dispatchEvent(new CustomEvent("again")));
    this.#reload.addEventListener("click", () => location.reload());
  }

  well() {
    this.#rest();
    this.#say("");
  }

  /** Away, and coming back by itself. */
  away() {
    const say = () => this.#say(navigator.onLine ? this.dataset.reconnecting : this.dataset.offline);
    if (this.hasAttribute("data-shown")) say();
    else this.#timer ??= setTimeout(say, QUIET_FOR);              // one wait for the whole break, however many tries
  }

  /** Away, and not coming back unasked: a Goodbye with its code, or a Refusal's own sentence. */
  stopped(code, reason) {
    this.#rest();
    const { signInUrl } = this.dataset;
    const out = code === 4401 || code === 4402, gone = code === "gone" || code === "banned";
    this.#say(this.dataset[code] || reason || this.dataset.stopped, {
      again: code !== 4400 && !out && !gone,
      reload: code === 4400 || (out && !signInUrl),
      "sign-in": (out || code === 4403) && Boolean(signInUrl),
      "sign-up": code === 4402,
      rooms: gone,
    });
  }

  #rest() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  get #again() { return this.querySelector(".connection__again"); }
  get #reload() { return this.querySelector(".connection__reload"); }

  /** The text, and which ways out of it are offered. */
  #say(text, ways = {}) {
    const line = this.querySelector(".connection__text");
    if (line.textContent !== text) line.textContent = text;
    this.toggleAttribute("data-shown", Boolean(text));
    for (const way of WAYS) { const shown = this.querySelector(`.connection__${way}`); if (shown) shown.hidden = !ways[way]; }
  }
}

customElements.define("hubbub-connection", HubbubConnection);
