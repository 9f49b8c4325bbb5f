// <hubbub-pins>: the panel of what is pinned to the room, behind the button in its bar; it stays true while it is open.
// Knows no socket: `serve` says where the pins come from. Without scripts the button leads to a page with the same.

import { keepKeyboard } from "hubbub/elements/keyboard";
import * as Message from "hubbub/elements/message";

class HubbubPins extends HTMLElement {
  #log; #clock; #fetch; #unpin;
  #entries = null;

  serve({ log, clock, fetch, unpin }) {
    this.#log = log;
    this.#clock = clock;
    this.#fetch = fetch;
    this.#unpin = unpin;
    this.#button?.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      this.toggle();
    });
    this.#button?.setAttribute("aria-haspopup", "dialog");
    this.addEventListener("click", (event) => this.#clicked(event));
    this.addEventListener("toggle", ({ newState }) => this.#button?.setAttribute("aria-expanded", String(newState === "open")));
  }

  async toggle() {
    if (this.matches(":popover-open")) return this.hidePopover();
    this.showPopover();
    this.focus({ preventScroll: true });
    this.#state("loading");
    try {
      this.#entries = await this.#fetch();
      this.#draw();
    } catch {
      this.#state("failed");
    }
  }

  /** A message was said or changed: it may be pinned now, or no more. */
  heard(frame) {
    if (!this.#entries || !this.matches(":popover-open")) return;
    const others = this.#entries.filter(({ id }) => id !== frame.id);
    const held = others.length < this.#entries.length;
    if (!frame.pinned && !held) return;
    const place = held ? this.#entries.findIndex(({ id }) => id === frame.id) : 0;
    if (frame.pinned) others.splice(place, 0, frame);
    this.#entries = others;
    this.#draw();
  }

  get #button() { return document.querySelector(".header__pins"); }
  get #list() { return this.querySelector(".pins__list"); }

  #draw() {
    keepKeyboard(this, () => this.#list.replaceChildren(...this.#entries.map((entry) => this.#item(entry))), { list: true });
    this.#state(this.#entries.length ? "" : "none");
  }

  #item(entry) {
    const item = document.createElement("li");
    const row = document.getElementById("hubbub-message").content.firstElementChild.cloneNode(true);
    Message.fill(row, { nonce: null, reply_to: null, edited_at: null, deleted: false, reactions: [], ...entry }, this.#clock);
    Message.link(row, `${this.#log.dataset.url}${entry.seq}/`);
    row.querySelector(".message__link").removeAttribute("tabindex");
    row.querySelector(".reactions")?.remove();
    row.removeAttribute("id");
    const button = document.getElementById("hubbub-unpin").content.firstElementChild.cloneNode(true);
    button.dataset.id = entry.id;
    item.append(row, button);
    return item;
  }

  #clicked(event) {
    const button = event.target.closest("[data-id].pins__unpin");
    if (button) return this.#unpin(Number(button.dataset.id));
    if (event.target.closest(".message__link")) this.hidePopover();
  }

  #state(name) {
    const said = this.querySelector(".pins__state");
    said.textContent = name ? this.dataset[name] : "";
    said.hidden = !name;
    if (name) this.#list.replaceChildren();
  }
}

customElements.define("hubbub-pins", HubbubPins);
