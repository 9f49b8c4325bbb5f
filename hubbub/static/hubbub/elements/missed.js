// The pill at the top of the log: how many unread messages begin above, and the way to the first of them.
// Knows only its numbers. Events: `go`, `dismiss`.

export class Missed extends EventTarget {
  #pill; #go;

  constructor(pill) {
    super();
    this.#pill = pill;
    this.#go = pill.querySelector(".missed__go");
    this.#go.addEventListener("click", () => this.dispatchEvent(new Event("go")));
    pill.querySelector(".missed__dismiss").addEventListener("click", () => this.dispatchEvent(new Event("dismiss")));
  }

  get shown() { return !this.#pill.hidden; }

  /** 0 for nothing to be found above. */
  show(count) {
    this.#pill.toggleAttribute("hidden", !count);                        // touches nothing that stays as it is
    if (count) this.#go.querySelector(".missed__count").textContent = count.toLocaleString(document.documentElement.lang || undefined);
  }
}
