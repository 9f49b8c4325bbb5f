// <hubbub-attention>: how you follow the room: a star, and what to be told of. Knows no socket.
// Event (bubbling, cancelable): `hubbub:attend` {starred} or {muted, level}. Whoever takes it prevents its default; else the
// plain form is sent.

import { keys } from "hubbub/keys";

class HubbubAttention extends HTMLElement {
  connectedCallback() {
    this.#form.querySelector("[type=submit]").hidden = true;          // a choice is made as soon as it is chosen
    this.#star.form.addEventListener("submit", (event) => this.#tell(event, { starred: this.#star.value === "1" }));
    this.#form.addEventListener("submit", (event) => this.#tell(event, this.#chosen));
    this.#form.addEventListener("change", () => this.#form.requestSubmit());
    keys.add({ name: "star", keys: ["Alt+Shift+F"], command: true, when: () => !this.hidden, run: () => this.#star.form.requestSubmit(this.#star) });
    keys.add({ name: "attention", keys: ["Alt+Shift+L"], command: true, when: () => !this.hidden, run: () => this.#open() });
  }

  /** How it is followed, here or on another page of yours. */
  show({ starred = false, muted = false, level = "all" }) {
    this.#star.value = starred ? "0" : "1";
    this.#star.setAttribute("aria-pressed", String(starred));
    this.querySelector(".attention__bell").toggleAttribute("data-muted", muted);
    this.#box.checked = muted;
    for (const radio of this.#form.querySelectorAll("[name=level]")) radio.checked = radio.value === level;
  }

  /** The choices, with the keyboard on the one that holds. On narrow screens they are behind the bar's button. */
  #open() {
    if (!this.checkVisibility()) document.querySelector("#tools").showPopover();
    this.querySelector("#attention").showPopover();
    this.#form.querySelector("[name=level]:checked").focus();
  }

  get #star() { return this.querySelector(".attention__star"); }
  get #form() { return this.querySelector(".attention__form"); }
  get #box() { return this.#form.querySelector("[type=checkbox]"); }
  get #chosen() { return { muted: this.#box.checked, level: this.#form.querySelector("[name=level]:checked").value }; }

  #tell(event, detail) {
    const told = new CustomEvent("hubbub:attend", { bubbles: true, cancelable: true, detail });
    if (!this.dispatchEvent(told)) event.preventDefault();
  }
}

customElements.define("hubbub-attention", HubbubAttention);
