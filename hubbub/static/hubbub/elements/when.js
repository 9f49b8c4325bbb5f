// <hubbub-when>: the field that leads to a day of the log. A plain form; where somebody takes its event, the log goes there
// in place. Knows no socket and no log: `here` is asked which day is being read.
// Event (bubbling, cancelable): `hubbub:when` {at}, the first moment of that day where the reader is.

import { keys } from "hubbub/keys";

class HubbubWhen extends HTMLElement {
  /** Gives the day that is being read, like 2026-11-20. */
  here = () => "";

  connectedCallback() {
    const panel = this.closest("[popover]");
    panel.addEventListener("toggle", (event) => { if (event.newState === "open") this.#opened(); });
    this.#form.addEventListener("submit", (event) => this.#submit(event, panel));
    document.addEventListener("click", (event) => this.#asked(event));
    keys.add({ name: "go-to-day", keys: ["Alt+Shift+D"], command: true, run: () => { panel.togglePopover(); } });
  }

  get #form() { return this.querySelector("form"); }
  get #input() { return this.querySelector("input[type=date]"); }

  /** A line between two days opens it at its own day. */
  #asked(event) {
    const day = event.target.closest?.(".day__button")?.querySelector("time")?.dateTime;
    if (day) this.#input.value = day;
  }

  #opened() {
    this.#input.max = dayOf(new Date());
    this.#input.value ||= this.here() || this.#input.max;
    this.#input.focus();
  }

  #submit(event, panel) {
    const day = new Date(`${this.#input.value}T00:00`);
    if (Number.isNaN(day.valueOf())) return event.preventDefault();
    const detail = { at: day.toISOString() };
    const taken = !this.dispatchEvent(new CustomEvent("hubbub:when", { bubbles: true, cancelable: true, detail }));
    if (!taken) return;
    event.preventDefault();
    panel.hidePopover();
    this.#input.value = "";
  }
}

function dayOf(date) {
  const two = (number) => String(number).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

customElements.define("hubbub-when", HubbubWhen);
