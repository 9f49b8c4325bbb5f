// What dialogs with one form have in common: a link opens it, a key may; without scripts the link leads to a
// page with the same form. Sends the form by fetch, then goes where the answer says, or shows why not.

export class DialogForm extends HTMLElement {
  #sending = false;

  /** Opened by links that match `opener`. */
  serve(opener) {
    document.addEventListener("click", (event) => this.#clicked(event, opener));
    this.form.addEventListener("submit", (event) => this.#submit(event));
    this.#dialog.addEventListener("click", (event) => { if (event.target === this.#dialog) this.#dialog.close(); });
  }

  open() {
    document.querySelector("#sidebar:popover-open")?.hidePopover();
    this.#refuse("");
    this.#dialog.showModal();
    this.field.focus();
  }

  get form() { return this.querySelector("form[action]"); }
  /** Where one writes first. */
  get field() { return this.querySelector("[name=name]"); }
  get #dialog() { return this.closest("dialog"); }

  #clicked(event, opener) {
    if (!event.target.closest?.(opener) || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    this.open();
  }

  async #submit(event) {
    event.preventDefault();
    if (this.#sending) return;                                       // Enter twice makes no two rooms
    this.#sending = true;
    const answer = await this.#ask();
    this.#sending = false;
    if (!this.#dialog.open) return;                                  // who closed it meanwhile stays where they are
    if (answer.url) location.assign(answer.url);
    else this.#refuse(answer.message ?? this.dataset.failed);
  }

  async #ask() {
    const body = new FormData(this.form);
    const headers = { Accept: "application/json", "X-CSRFToken": body.get("csrfmiddlewaretoken") };
    try {
      return await (await fetch(this.form.action, { method: "POST", body, headers })).json();
    } catch {
      return {};
    }
  }

  #refuse(sentence) {
    this.querySelector(".field__error").textContent = sentence;
    if (!sentence) return this.field.removeAttribute("aria-invalid");
    this.field.setAttribute("aria-invalid", "true");
    this.field.focus();
  }
}
