// <hubbub-search>: what was found, as one types. Asks when there is a pause, shows only the answer to what stands in the
// field now, and keeps the address in step, so that Back and a reload lead to the same results. Arrows move through them.
// Asking, showing and moving are the same in the dialog (finder.js), which is one of these too.

import { Clock } from "hubbub/clock";
import { keepKeyboard } from "hubbub/elements/keyboard";
import { composes } from "hubbub/field";

const PAUSE = 180;                  // ms without another key before the server is asked
const PATIENCE = 900;               // and before a day of which half is typed is said to be none
const HERE = Intl.DateTimeFormat().resolvedOptions().timeZone ?? "";

export class HubbubSearch extends HTMLElement {
  #clock = new Clock(document.documentElement.lang);
  #timer;
  #asking = null;                   // what ends the question that is under way
  #refusing;
  #rested = 0;                      // until when the server asked to be left alone

  connectedCallback() {
    const { input, form } = this;
    form.elements.zone.value = HERE;
    form.elements.zone.disabled = !HERE;
    input.addEventListener("input", (event) => { if (!event.isComposing) this.typed(); });
    input.addEventListener("compositionend", () => this.typed());
    form.addEventListener("change", (event) => { if (event.target !== input) this.ask(); });
    this.addEventListener("keydown", (event) => this.pressed(event));
  }

  get form() { return this.querySelector("form"); }
  get input() { return this.form.elements.q; }
  get results() { return this.querySelector(".search__results"); }
  get status() { return this.querySelector(".search__said"); }

  /** The address of the page that answers to the form as it stands. */
  get address() {
    const url = new URL(this.form.action, location.href);
    if (this.input.value.trim()) url.search = new URLSearchParams([...new FormData(this.form)].filter(([, value]) => value));
    return url;
  }

  typed() {
    clearTimeout(this.#timer);
    clearTimeout(this.#refusing);
    this.#timer = setTimeout(() => this.ask(), PAUSE);
  }

  /** Asks what the form asks for, unless the server wants a rest first; a question that is under way is of no use then. */
  async ask() {
    this.forget();
    const rest = this.#rested - performance.now();
    if (rest > 0) return void (this.#timer = setTimeout(() => this.ask(), rest));
    const asking = this.#asking = new AbortController();
    const { address } = this;
    this.results.ariaBusy = "true";
    const answer = address.search ? await asked(address, asking.signal) : NOTHING;
    if (asking.signal.aborted) return;                        // another question has taken its place
    this.results.ariaBusy = null;
    if (answer?.retry_after) {
      this.#rested = performance.now() + answer.retry_after * 1000;
      this.#timer = setTimeout(() => this.ask(), answer.retry_after * 1000);
    }
    if (!answer || answer.message) {
      const patience = answer?.retry_after ? 0 : PATIENCE;
      return void (this.#refusing = setTimeout(() => {
        this.#refuse(answer?.message ?? this.dataset.failed);
        if (answer && !answer.retry_after) this.show(NOTHING, address);       // what is shown answers something else
      }, patience));
    }
    this.#refuse("");
    this.show(answer, address);
  }

  /** Nothing is asked any more; what still comes is let go. */
  forget() {
    clearTimeout(this.#timer);
    clearTimeout(this.#refusing);
    this.#asking?.abort();
    this.results.ariaBusy = null;
  }

  show({ html, found, asked }) {
    const results = this.results;                             // our own template, in which every text is escaped
    keepKeyboard(results, () => { results.innerHTML = html; }, { list: true, otherwise: this.input });
    this.sayTimes();
    const more = this.results.querySelector("[rel=next]");
    const said = found ? (more ? this.dataset.more : this.dataset.found) : asked && this.dataset.none;
    this.status.textContent = (said || "").replace("{n}", found);
  }

  sayTimes() {
    for (const time of this.querySelectorAll("time[data-at]")) {
      const date = new Date(time.dateTime);
      time.textContent = `${this.#clock.day(date)}, ${this.#clock.time(date)}`;
      time.title = this.#clock.full(date);
    }
  }

  /** Arrows move between the field and what was found. */
  pressed(event) {
    if (composes(event) || event.altKey || event.ctrlKey || event.metaKey) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const links = [...this.results.querySelectorAll("a")];
    const place = links.indexOf(document.activeElement);
    if (event.key === "Escape" && place >= 0) this.input.focus();
    else if (step && (place >= 0 || (step > 0 && event.target === this.input))) (links[place + step] ?? (step > 0 ? links.at(-1) : this.input))?.focus();
    else return;
    event.preventDefault();
  }

  #refuse(sentence) {
    this.querySelector(".field__error").textContent = sentence;
    this.input.ariaInvalid = sentence ? "true" : null;
  }
}

const NOTHING = { html: "", found: 0, asked: false, message: "" };

/** The server's answer, also when it says no; null when none came. */
async function asked(url, signal) {
  try {
    const response = await fetch(url, { signal, headers: { Accept: "application/json" } });
    return await response.json();
  } catch {
    return null;
  }
}
