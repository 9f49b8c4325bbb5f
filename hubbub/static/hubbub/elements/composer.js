// <hubbub-composer>: where a message is written. Enter sends, but in an open block of code; Shift+Enter breaks the line.
// The draft is kept per room. Knows no socket and no timeline. Events (bubbling): `hubbub:post` {message}, `hubbub:typing`.

import { composes, fit, inCode, write } from "hubbub/field";
import { One } from "hubbub/kept";
import { keys } from "hubbub/keys";

const TYPING_EVERY = 3_000;
const COUNT_FROM = 0.9;             // of the limit

class HubbubComposer extends HTMLElement {
  #draft = null;
  #typedAt = 0;

  connectedCallback() {
    this.#form.noValidate = true;
    keys.add({ name: "send", keys: ["Enter", "Mod+Enter"] });
    keys.add({ name: "new-line", keys: ["Shift+Enter"] });
    this.#form.addEventListener("submit", (event) => this.#submit(event));
    this.#input.addEventListener("keydown", (event) => this.#pressed(event));
    this.#input.addEventListener("input", () => this.#written());
    this.#input.addEventListener("blur", () => this.#tellCode());
    document.addEventListener("selectionchange", () => this.#tellCode());
    addEventListener("pagehide", () => this.#keep());
  }

  /** Takes the keyboard, and the draft that was left in this room. */
  open(person, room, { focus = true } = {}) {
    this.#draft = new One("draft", { person, room }, (text, before) => this.#follow(text ?? "", before ?? ""));
    if (!this.#input.value) this.#input.value = this.#draft.value ?? "";
    this.#fit();
    if (!focus) return;
    this.#input.focus({ preventScroll: true });
    this.#input.setSelectionRange(this.#input.value.length, this.#input.value.length);
  }

  /** Takes back what was to be said, before whatever is being written. */
  take(message) {
    const { value } = this.#input;
    write(this.#input, value.trim() ? `${message}\n` : message, 0, value.trim() ? 0 : value.length);
  }

  get #form() { return this.querySelector("form"); }
  get #input() { return this.querySelector("textarea"); }
  get #note() { return this.querySelector(".composer__note"); }
  get #limit() { return Number(this.dataset.limit) || Infinity; }

  #pressed(event) {
    if (event.key !== "Enter" || event.shiftKey || event.altKey || composes(event)) return;
    if (inCode(this.#input) && !event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    this.#form.requestSubmit();
  }

  #submit(event) {
    if (!this.#draft) return;
    event.preventDefault();
    const message = this.#input.value;
    if (!message.trim()) return this.#input.focus();
    if (this.#count(message) > this.#limit) return this.#measure();
    this.#input.value = "";
    this.#typedAt = 0;
    this.#keep();
    this.#fit();
    this.#input.focus();
    this.#tell("hubbub:post", { message });
  }

  #written() {
    this.#fit();
    this.#tellCode();
    this.#draft?.soon(this.#input.value || null);
    if (!this.#input.value.trim() || Date.now() - this.#typedAt < TYPING_EVERY) return;
    this.#typedAt = Date.now();
    this.#tell("hubbub:typing");
  }

  #keep() {
    if (this.#draft) this.#draft.value = this.#input.value || null;
  }

  /** Another window wrote in this room, or sent it: shown here too, unless this window has words of its own. */
  #follow(text, before) {
    if (this.#input.value !== before || text === before) return;
    this.#input.value = text;
    this.#fit();
  }

  #fit() {
    fit(this.#input);
    this.#measure();
  }

  /** What Enter does in code, said while it is so. */
  #tellCode() {
    const code = document.activeElement === this.#input && inCode(this.#input);
    if (code !== this.hasAttribute("data-code")) { this.toggleAttribute("data-code", code); this.#measure(); }
  }

  #measure() {
    const message = this.#input.value;
    const left = message.length < this.#limit * COUNT_FROM ? Infinity : this.#limit - this.#count(message);
    const code = this.hasAttribute("data-code") ? this.dataset.fenced.replace("{key}", keys.get("send").keys[1].join("+")) : "";
    const text = left < 0 ? this.dataset.over : left <= this.#limit * (1 - COUNT_FROM) ? this.dataset.left : code;
    this.#note.textContent = text.replace("{n}", Math.abs(left).toLocaleString(document.documentElement.lang || undefined));
    if (left < 0) this.#input.setAttribute("aria-invalid", "true");
    else this.#input.removeAttribute("aria-invalid");
  }

  /** Characters as the server counts them: code points. */
  #count(message) { return message.length > this.#limit ? [...message].length : message.length; }

  #tell(type, detail) { this.dispatchEvent(new CustomEvent(type, { bubbles: true, detail })); }
}

customElements.define("hubbub-composer", HubbubComposer);
