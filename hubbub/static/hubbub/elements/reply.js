// Owns the bar over the composer that says what is being answered, kept per room over reloads and the same in all
// windows, as the draft is.
// Knows no socket; whoever posts takes the quote from here.

export class Reply {
  #key; #composer;
  #quote = null;
  #bar = null;

  constructor({ person, room, composer }) {
    this.#key = `hubbub:reply:${person}:${encodeURIComponent(room)}`;
    this.#composer = composer;
    if (!composer) return;
    this.#show(this.#kept());
    addEventListener("storage", ({ key }) => { if (key === this.#key || key === null) this.#show(this.#kept()); });
  }

  /** What is being answered, or null. */
  get quote() { return this.#quote; }

  /** Answer this, as it stands now; null: nothing. */
  to(quote, { focus = true } = {}) {
    this.#show(quote);
    this.#keep();
    if (focus) this.#composer.querySelector("textarea").focus({ preventScroll: true });
  }

  /** What is being answered: it is said now, and nothing is answered any more. */
  take() {
    const quote = this.#quote;
    if (quote) { this.#show(null); this.#keep(); }
    return quote;
  }

  #show(quote) {
    this.#quote = quote;
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

  #kept() {
    try { return JSON.parse(localStorage.getItem(this.#key)); } catch { return null; }
  }

  #keep() {
    try {
      if (this.#quote) localStorage.setItem(this.#key, JSON.stringify(this.#quote));
      else localStorage.removeItem(this.#key);
    } catch { /* no storage: it lives as long as the page */ }
  }
}
