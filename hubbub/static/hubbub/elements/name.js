// <hubbub-name>: your name, changed in place. Sends its own form by fetch; without scripts the form does it.
// Event (bubbling): `hubbub:renamed` {you, ticket}.

import { portray } from "hubbub/elements/avatar";
import { keys } from "hubbub/keys";

class HubbubName extends HTMLElement {
  #from = null;                     // what had the keyboard when a key brought one here

  connectedCallback() {
    this.#form.addEventListener("submit", (event) => this.#submit(event));
    this.#details.addEventListener("toggle", () => this.#opened());
    this.addEventListener("keydown", (event) => this.#pressed(event));
    keys.add({ name: "name", keys: ["Alt+Shift+C"], command: true, run: () => this.#open() });
  }

  show(you) {
    this.querySelector(".you__label").textContent = you.name;
    portray(this.querySelector(".avatar"), you);
    if (!this.#details.open) this.#input.value = you.name;
  }

  #open() {
    this.#from = this.contains(document.activeElement) ? this.#from : document.activeElement;
    if (!this.checkVisibility()) this.closest("[popover]").showPopover();
    this.#details.open = true;
    this.#input.select();
  }

  /** A click opened it; after a key this comes late, when one writes already. */
  #opened() {
    if (this.#details.open && document.activeElement !== this.#input) this.#input.select();
  }

  get #details() { return this.querySelector("details"); }
  get #form() { return this.querySelector("form"); }
  get #input() { return this.querySelector("[name=name]"); }

  async #submit(event) {
    event.preventDefault();
    const answer = await this.#ask();
    if (answer.you) this.#renamed(answer);
    else this.#refuse(answer.message ?? this.dataset.failed);
  }

  async #ask() {
    const body = new FormData(this.#form);
    const headers = { Accept: "application/json", "X-CSRFToken": body.get("csrfmiddlewaretoken") };
    try {
      const response = await fetch(this.#form.action, { method: "POST", body, headers });
      return await response.json();
    } catch {
      return {};
    }
  }

  #renamed({ you, ticket }) {
    this.#refuse("");
    this.show(you);
    this.#close();
    this.dispatchEvent(new CustomEvent("hubbub:renamed", { bubbles: true, detail: { you, ticket } }));
  }

  #refuse(sentence) {
    this.querySelector(".field__error").textContent = sentence;
    this.#input.toggleAttribute("aria-invalid", Boolean(sentence));
    if (sentence) this.#input.focus();
  }

  #pressed(event) {
    if (event.key !== "Escape" || !this.#details.open) return;
    event.preventDefault();
    this.#close();
  }

  #close() {
    this.#details.open = false;
    this.querySelector("summary").focus();
    if (this.#from && this.closest(":popover-open")) this.closest(":popover-open").hidePopover();
    this.#from?.focus();
    this.#from = null;
  }
}

customElements.define("hubbub-name", HubbubName);
