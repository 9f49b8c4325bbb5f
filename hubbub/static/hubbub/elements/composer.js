// <hubbub-composer>: where a message is written. Enter sends, Shift+Enter breaks the line, the draft is kept per room.
// Knows no socket and no timeline. Events (bubbling): `hubbub:post` {message}, `hubbub:typing`.

import { keys } from "hubbub/keys";

const TYPING_EVERY = 3_000;
const COUNT_FROM = 0.9;             // of the limit
const DRAFT_AFTER = 300;

class HubbubComposer extends HTMLElement {
  #key = null;
  #typedAt = 0;
  #saving;

  connectedCallback() {
    this.#form.noValidate = true;
    keys.add({ name: "send", keys: ["Enter"] });
    keys.add({ name: "new-line", keys: ["Shift+Enter"] });
    this.#form.addEventListener("submit", (event) => this.#submit(event));
    this.#input.addEventListener("keydown", (event) => this.#pressed(event));
    this.#input.addEventListener("input", () => this.#written());
    addEventListener("pagehide", () => this.#save());
  }

  /** Takes the keyboard, and the draft that was left in this room. */
  open(person, room, { focus = true } = {}) {
    this.#key = `hubbub:draft:${person}:${encodeURIComponent(room)}`;
    if (!this.#input.value) this.#input.value = this.#stored();
    this.#fit();
    if (!focus) return;
    this.#input.focus({ preventScroll: true });
    this.#input.setSelectionRange(this.#input.value.length, this.#input.value.length);
  }

  get #form() { return this.querySelector("form"); }
  get #input() { return this.querySelector("textarea"); }
  get #note() { return this.querySelector(".composer__note"); }
  get #limit() { return Number(this.dataset.limit) || Infinity; }

  /** An Enter that ends a composition (Chinese, Japanese …) chooses a word; it does not send. */
  #pressed(event) {
    if (event.key !== "Enter" || event.shiftKey || event.altKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    this.#form.requestSubmit();
  }

  #submit(event) {
    if (!this.#key) return;
    event.preventDefault();
    const message = this.#input.value;
    if (!message.trim()) return this.#input.focus();
    if (this.#count(message) > this.#limit) return this.#measure();
    this.#input.value = "";
    this.#typedAt = 0;
    this.#save();
    this.#fit();
    this.#input.focus();
    this.#tell("hubbub:post", { message });
  }

  #written() {
    this.#fit();
    clearTimeout(this.#saving);
    this.#saving = setTimeout(() => this.#save(), DRAFT_AFTER);
    if (!this.#input.value.trim() || Date.now() - this.#typedAt < TYPING_EVERY) return;
    this.#typedAt = Date.now();
    this.#tell("hubbub:typing");
  }

  #fit() {
    if (!CSS.supports("field-sizing", "content")) {
      this.#input.style.blockSize = "auto";
      this.#input.style.blockSize = `${this.#input.scrollHeight}px`;
    }
    this.#measure();
  }

  #measure() {
    const message = this.#input.value;
    const left = message.length < this.#limit * COUNT_FROM ? Infinity : this.#limit - this.#count(message);
    const text = left < 0 ? this.dataset.over : left <= this.#limit * (1 - COUNT_FROM) ? this.dataset.left : "";
    this.#note.textContent = text.replace("{n}", Math.abs(left).toLocaleString(document.documentElement.lang || undefined));
    if (left < 0) this.#input.setAttribute("aria-invalid", "true");
    else this.#input.removeAttribute("aria-invalid");
  }

  /** Characters as the server counts them: code points. */
  #count(message) { return message.length > this.#limit ? [...message].length : message.length; }

  #stored() {
    try { return localStorage.getItem(this.#key) ?? ""; } catch { return ""; }
  }

  #save() {
    if (!this.#key) return;
    clearTimeout(this.#saving);
    const draft = this.#input.value;
    try {
      if (draft) localStorage.setItem(this.#key, draft);
      else localStorage.removeItem(this.#key);
    } catch { /* no storage: the draft lives as long as the page */ }
  }

  #tell(type, detail) { this.dispatchEvent(new CustomEvent(type, { bubbles: true, detail })); }
}

customElements.define("hubbub-composer", HubbubComposer);
