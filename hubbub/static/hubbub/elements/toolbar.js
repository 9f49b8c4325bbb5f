// <hubbub-toolbar>: what can be done with a message, at the message under the pointer or with the keyboard: a few
// buttons, and the menu with all of it. There is one for the whole log; it moves. Knows no socket: `serve` says what
// may be done with a message and does it.

import { place } from "hubbub/elements/panel";

const ITEMS = "[role=menuitem]:not([hidden])";

class HubbubToolbar extends HTMLElement {
  #may = () => false;
  #run = () => {};
  #row = null;

  /** Works for the messages of this log. */
  serve(log, { may, run }) {
    this.#may = may;
    this.#run = run;
    log.addEventListener("pointerover", ({ target, pointerType }) => { if (pointerType !== "touch") this.#at(target.closest(".message")); });
    log.addEventListener("pointerleave", () => this.#leave());
    log.addEventListener("focusin", ({ target }) => this.#at(target.closest(".message")));
    log.addEventListener("focusout", () => queueMicrotask(() => this.#leave()));
    log.addEventListener("click", (event) => this.#tapped(event));
    this.addEventListener("click", ({ target }) => this.#chose(target.closest("[data-deed]")));
    this.#menu.addEventListener("click", ({ target }) => this.#chose(target.closest("[data-deed]")));
    this.#menu.addEventListener("keydown", (event) => this.#pressed(event));
    this.#menu.addEventListener("toggle", ({ newState }) => { if (newState === "closed") this.#closed(); });
  }

  /** Opens the menu of a message, at a button or at the message itself. */
  menu(row, anchor = row.querySelector(".message__head, .message__body")) {
    this.#at(row);
    this.#row = row;
    this.#fit(this.#menu);
    for (const line of this.#menu.querySelectorAll("hr")) line.hidden = !line.nextElementSibling?.matches(":not([hidden])");
    if (!this.#menu.matches(":popover-open")) this.#menu.showPopover();
    place(this.#menu, anchor.getBoundingClientRect());
    this.#menu.querySelector(ITEMS)?.focus({ preventScroll: true });
  }

  /** The message with this id is another now. */
  refresh(id) {
    if (Number(this.#row?.dataset.id) !== id) return;
    if (this.#row.classList.contains("message--deleted")) { this.#menu.hidePopover(); this.remove(); }
    else this.#fit(this);
  }

  get #menu() { return document.getElementById("message-menu"); }

  #at(row) {
    if (!row || this.#menu.matches(":popover-open")) return;
    if (row === this.parentElement) return this.#fit(this);               // what may be done ends with time
    if (!row.matches(".message[data-id]:not(.message--deleted)") || row.querySelector(".editor")) return this.remove();
    this.#row = row;
    this.#fit(this);
    row.append(this);
  }

  #leave() {
    if (this.#menu.matches(":popover-open")) return;
    if (this.parentElement && !this.parentElement.matches(":hover, :focus-within")) this.remove();
  }

  /** A finger has no hover: a tap on a message shows what can be done with it. */
  #tapped(event) {
    if (!matchMedia("(hover: none)").matches || event.target.closest("a, button, input, textarea, summary, pre") || !getSelection().isCollapsed) return;
    const row = event.target.closest(".message[data-id]");
    if (!row) return;
    row.tabIndex = -1;
    row.focus({ preventScroll: true });
  }

  #fit(place) {
    const id = Number(this.#row.dataset.id);
    for (const button of place.querySelectorAll("[data-deed]")) button.hidden = button.dataset.deed !== "menu" && !this.#may(button.dataset.deed, id);
    const pinned = this.#row.classList.contains("message--pinned");
    for (const word of place.querySelectorAll("[data-pinned]")) word.hidden = (word.dataset.pinned === "yes") !== pinned;
  }

  #chose(button) {
    if (!button) return;
    const { deed } = button.dataset, row = this.#row;
    if (deed === "menu") return this.menu(row, button);
    const anchor = button.closest("[role=menu]") ? this.querySelector(`[data-deed="${deed}"]:not([hidden])`) ?? row : button;
    if (this.#menu.matches(":popover-open")) this.#menu.hidePopover();
    this.#run(deed, Number(row.dataset.id), anchor);
  }

  #pressed(event) {
    const items = [...this.#menu.querySelectorAll(ITEMS)];
    const at = items.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1, Tab: null }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    if (to === null) this.#menu.hidePopover();
    else items.at(to % items.length)?.focus();
  }

  #closed() {
    const lost = document.activeElement === document.body || this.#menu.contains(document.activeElement);
    if (lost && this.#row?.isConnected) { this.#row.tabIndex = -1; this.#row.focus({ preventScroll: true }); }
  }
}

customElements.define("hubbub-toolbar", HubbubToolbar);
