// <hubbub-new-room>: the dialog for a new room. Any link with data-new-room opens it; without scripts the link leads to a
// page with the same form. Sends the form by fetch, then goes where the answer says.

import { keys } from "hubbub/keys";

class HubbubNewRoom extends HTMLElement {
  connectedCallback() {
    document.addEventListener("click", (event) => this.#clicked(event));
    this.#form.addEventListener("submit", (event) => this.#submit(event));
    this.#dialog.addEventListener("click", (event) => { if (event.target === this.#dialog) this.#dialog.close(); });
    keys.add({ name: "new-room", keys: ["Alt+Shift+N"], command: true, run: () => this.open() });
  }

  open() {
    document.querySelector("#sidebar:popover-open")?.hidePopover();
    this.#refuse("");
    this.#dialog.showModal();
    this.#name.focus();
  }

  get #dialog() { return this.closest("dialog"); }
  get #form() { return this.querySelector("form[action]"); }
  get #name() { return this.querySelector("[name=name]"); }

  #clicked(event) {
    if (!event.target.closest?.("[data-new-room]") || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    this.open();
  }

  async #submit(event) {
    event.preventDefault();
    const answer = await this.#ask();
    if (answer.url) location.assign(answer.url);
    else this.#refuse(answer.message ?? this.dataset.failed);
  }

  async #ask() {
    const body = new FormData(this.#form);
    const headers = { Accept: "application/json", "X-CSRFToken": body.get("csrfmiddlewaretoken") };
    try {
      return await (await fetch(this.#form.action, { method: "POST", body, headers })).json();
    } catch {
      return {};
    }
  }

  #refuse(sentence) {
    this.querySelector(".field__error").textContent = sentence;
    if (!sentence) return this.#name.removeAttribute("aria-invalid");
    this.#name.setAttribute("aria-invalid", "true");
    this.#name.focus();
  }
}

customElements.define("hubbub-new-room", HubbubNewRoom);
