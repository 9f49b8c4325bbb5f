// <hubbub-connection>: the quiet bar that says how the line is. Knows no socket; its `again` event asks for another try.

const QUIET_FOR = 1_000;            // a break shorter than this is nobody's business

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
    const signIn = code === 4401 || code === 4403;
    this.#say(reason || this.dataset[code] || this.dataset.stopped, {
      again: code !== 4400 && code !== 4401,
      reload: code === 4400 || (code === 4401 && !this.dataset.signInUrl),
      signIn: signIn && Boolean(this.dataset.signInUrl),
    });
  }

  #rest() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  get #again() { return this.querySelector(".connection__again"); }
  get #reload() { return this.querySelector(".connection__reload"); }

  #say(text, { again = false, reload = false, signIn = false } = {}) {
    const line = this.querySelector(".connection__text");
    if (line.textContent !== text) line.textContent = text;
    this.toggleAttribute("data-shown", Boolean(text));
    this.#again.hidden = !again;
    this.#reload.hidden = !reload;
    this.querySelector(".connection__sign-in").hidden = !signIn;
  }
}

customElements.define("hubbub-connection", HubbubConnection);
