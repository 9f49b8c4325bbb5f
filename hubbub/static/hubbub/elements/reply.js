// Owns the bar over the composer that says what is being answered, kept per room over reloads and the same in all
// windows, as the draft is.
// Knows no socket; whoever posts takes the quote from here.

import { One } from "hubbub/kept";

export class Reply {
  #composer; #kept;
  #bar = null;

  constructor({ person, room, composer }) {
    this.#composer = composer;
    this.#kept = composer && new One("reply", { person, room }, () => this.#show());
    this.#show();
  }

  /** What is being answered, or null. */
  get quote() { return this.#kept?.value ?? null; }

  /** Answer this, as it stands now; null: nothing. */
  to(quote, { focus = true } = {}) {
    this.#kept.value = quote;
    this.#show();
    if (focus) this.#composer.querySelector("textarea").focus({ preventScroll: true });
  }

  /** What is being answered: it is said now, and nothing is answered any more. */
  take() {
    const { quote } = this;
    if (quote) this.to(null, { focus: false });
    return quote;
  }

  #show() {
    const { quote } = this;
    if (!quote) { this.#bar?.remove(); this.#bar = null; return; }
    this.#bar ??= this.#open();
    const line = this.#bar.querySelector(".reply__line");
    this.#bar.querySelector(".reply__author").textContent = quote.author.name;
    line.textContent = quote.deleted ? line.dataset.gone : quote.message || line.dataset.blank;
  }

  #open() {
    const bar = document.getElementById("hubbub-reply").content.firstElementChild.cloneNode(true);
    bar.querySelector("button").addEventListener("click", () => this.to(null));
    this.#composer.querySelector("form").before(bar);
    return bar;
  }
}
