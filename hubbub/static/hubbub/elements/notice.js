// <hubbub-notice>: what a slash command answers to you alone, until you close it, press Escape or write again. Knows no
// socket; what it shows is safe HTML from the server.

import { keys } from "hubbub/keys";

class HubbubNotice extends HTMLElement {
  connectedCallback() {
    const button = this.querySelector(".notice__close");
    button.hidden = false;
    button.addEventListener("click", () => { this.close(); document.getElementById("chat-message-input")?.focus(); });
    this.#listen();
  }

  show(html) {
    this.hidden = false;
    this.querySelector(".notice__text").innerHTML = html;
    this.#listen();
  }

  close() { this.hidden = true; }

  /** Added anew, it goes before whatever else Escape does. */
  #listen() {
    keys.add({ name: "close-notice", keys: ["Escape"], typing: true, run: () => this.close(), when: () => !this.hidden });
  }
}

customElements.define("hubbub-notice", HubbubNotice);
