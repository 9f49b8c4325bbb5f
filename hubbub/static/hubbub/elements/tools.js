// <hubbub-tools>: what one does with a room, behind a button of its bar on narrow screens, where it is a popover. Once a
// panel that was opened from it is done with, so is it. Opens and closes without scripts too.

class HubbubTools extends HTMLElement {
  #from = null;                     // what had the keyboard when this opened

  connectedCallback() {
    document.addEventListener("beforetoggle", ({ target, newState }) => {
      if (target === this && newState === "open") this.#from = document.activeElement;
      else if (target.matches?.(".panel--bar") && newState === "closed") this.#giveBack(target);
    }, { capture: true });                                           // neither bubbles
    document.addEventListener("toggle", ({ target, newState }) => {
      if (target === this || !target.matches(".panel--bar")) return;
      this.toggleAttribute("data-covered", newState === "open");
      if (newState === "closed") this.#close();
    }, { capture: true });
    matchMedia("(min-width: 48rem)").addEventListener("change", () => this.#close());      // a row again
  }

  /** Of panels in panels the browser gives the keyboard back for the outermost alone. The button of one that was opened from
   * here is hidden by now: the keyboard goes to where it was before. */
  #giveBack(panel) {
    const at = document.activeElement, more = document.querySelector(".header__more");
    if (!this.matches(":popover-open") || !(at === document.body || panel.contains(at) || this.contains(at))) return;
    const from = this.#from !== document.body && this.#from?.checkVisibility() && !this.contains(this.#from) ? this.#from : more;
    from.focus();
  }

  #close() { if (this.matches(":popover-open")) this.hidePopover(); }
}

customElements.define("hubbub-tools", HubbubTools);
