// <hubbub-tools>: what one does with a room, behind a button of its bar on narrow screens, where it is a popover. Once a
// panel that was opened from it is done with, so is it. Opens and closes without scripts too.

class HubbubTools extends HTMLElement {
  connectedCallback() {
    document.addEventListener("toggle", ({ target, newState }) => {
      if (newState === "closed" && target !== this && target.matches(".panel--bar")) this.#close();
    }, { capture: true });                                           // it does not bubble
  }

  #close() { if (this.matches(":popover-open")) this.hidePopover(); }
}

customElements.define("hubbub-tools", HubbubTools);
