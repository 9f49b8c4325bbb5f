// <hubbub-tools>: what one does with a room, behind a button of its bar on narrow screens, where it is a popover. Once a
// panel that was opened from it is done with, so is it. Opens and closes without scripts too.

class HubbubTools extends HTMLElement {
  connectedCallback() {
    document.addEventListener("toggle", ({ target, newState }) => {
      if (target === this || !target.matches(".panel--bar")) return;
      this.toggleAttribute("data-covered", newState === "open");
      if (newState === "closed") this.#done(target);
    }, { capture: true });                                           // it does not bubble
    matchMedia("(min-width: 48rem)").addEventListener("change", () => this.#close());      // a row again
  }

  /** The button of a panel that was opened from here is hidden by now: the keyboard goes to the one in front of it. */
  #done(panel) {
    this.#close();
    const at = document.activeElement, more = document.querySelector(".header__more");
    if ((at === document.body || panel.contains(at) || this.contains(at)) && more.checkVisibility()) more.focus();
  }

  #close() { if (this.matches(":popover-open")) this.hidePopover(); }
}

customElements.define("hubbub-tools", HubbubTools);
