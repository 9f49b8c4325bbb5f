// <hubbub-whom>: the field for one or several people. While a name is typed the server says whom it may mean; arrows
// choose, Enter or Tab takes, Escape closes, Backspace in the empty field takes the last one back. Each one chosen is a
// checked box of the form, as without scripts. Knows its own field and list, and nothing of what the form is for.

import { portray } from "hubbub/elements/avatar";
import { composes } from "hubbub/field";

const PAUSE = 80;                   // ms without another key before the server is asked

class HubbubWhom extends HTMLElement {
  #found = [];
  #at = 0;
  #turn = 0;
  #asked = false;                   // whether the server is still to say whom these letters may mean
  #hasty = null;                    // the key that came before it did: it takes the first

  connectedCallback() {
    const { input, list } = this;
    for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-controls": list.id, "aria-expanded": "false" })) input.setAttribute(name, value);
    input.addEventListener("input", () => this.#look());
    input.addEventListener("keydown", (event) => this.#pressed(event));
    input.addEventListener("blur", () => this.#close());
    list.addEventListener("pointerdown", (event) => event.preventDefault());           // the field keeps the keyboard
    list.addEventListener("click", (event) => this.#clicked(event));
    this.#chosen.addEventListener("change", ({ target }) => this.#unchecked(target));
  }

  get input() { return this.querySelector("input[name=name]"); }
  get list() { return this.querySelector("[role=listbox]"); }
  get #chosen() { return this.querySelector(".whom__chosen"); }

  /** Nobody is chosen, and nothing typed. */
  clear() {
    this.#chosen.replaceChildren();
    this.input.value = "";
    this.#close();
  }

  // What is offered

  async #look() {
    const turn = ++this.#turn;
    const words = this.input.value.trim();
    this.#hasty = null;
    if (!words || words.includes(",")) return this.#close();                           // several are typed out: the server reads them
    this.#asked = true;
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
    if (turn !== this.#turn) return;
    const found = await this.#ask(words);
    if (turn !== this.#turn) return;
    this.#asked = false;
    if (!found) {
      this.#close();
      return this.#come();
    }
    const held = new Set([...this.#chosen.querySelectorAll(":checked")].map(({ name, value }) => `${name} ${value}`));
    this.#found = found.filter(({ field, value }) => !held.has(`${field} ${value}`));
    if (this.#found.length) this.#open();
    else { this.#close(); this.#say(this.dataset.none, true); }
    this.#come();
  }

  /** The answer is here, or none will come. Without one that fits, what is typed goes with the form. */
  #come() {
    const key = this.#hasty;
    this.#hasty = null;
    if (!key) return;
    if (this.#found.length) this.#take(this.#found[0]);
    else if (key === "Enter") this.input.form.requestSubmit();
  }

  async #ask(words) {
    const { url, room = "" } = this.dataset;
    try {
      const response = await fetch(`${url}?${new URLSearchParams({ q: words, room })}`, { headers: { Accept: "application/json" } });
      return response.ok ? (await response.json()).people : null;
    } catch {
      return null;                                                   // without a line: what is typed goes with the form
    }
  }

  #open() {
    this.list.replaceChildren(...this.#found.map((offer, place) => this.#option(offer, place)));
    this.list.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
    this.#say(this.dataset.count.replace("{n}", this.#found.length));
    this.#choose(0);
  }

  #close() {
    this.#turn++;
    this.#asked = false;
    this.#found = [];
    this.list.hidden = true;
    this.list.replaceChildren();
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
    this.#say("");
  }

  #option({ name, person, guest, note }, place) {
    const node = this.querySelector("template[data-offer]").content.firstElementChild.cloneNode(true);
    node.id = `${this.list.id}-${place}`;
    portray(node.querySelector(".avatar"), { id: person, name });
    node.querySelector(".completion__shown").textContent = name;
    node.querySelector(".completion__note").textContent = note;
    if (!guest) node.querySelector(".completion__guest").remove();
    return node;
  }

  /** To who listens; that there is nobody, to all. */
  #say(words, none = false) {
    const said = this.querySelector(".whom__said");
    said.textContent = words;
    said.classList.toggle("whom__said--none", none);
  }

  // Choosing

  #choose(place) {
    this.#at = (place + this.#found.length) % this.#found.length;
    for (const [index, node] of [...this.list.children].entries()) node.setAttribute("aria-selected", String(index === this.#at));
    const node = this.list.children[this.#at];
    node.scrollIntoView({ block: "nearest" });
    this.input.setAttribute("aria-activedescendant", node.id);
  }

  #pressed(event) {
    if (composes(event) || event.shiftKey || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === "Backspace" && !this.input.value) return this.#chosen.lastElementChild?.remove();
    if (this.#asked && (event.key === "Enter" || event.key === "Tab")) this.#hasty = event.key;
    else if (!this.#found.length || !this.#does(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
  }

  #does(key) {
    switch (key) {
      case "ArrowDown": this.#choose(this.#at + 1); return true;
      case "ArrowUp": this.#choose(this.#at - 1); return true;
      case "Enter": case "Tab": this.#take(this.#found[this.#at]); return true;
      case "Escape": this.#close(); return true;
    }
    return false;
  }

  #clicked(event) {
    const place = [...this.list.children].indexOf(event.target.closest("[role=option]"));
    if (place >= 0) this.#take(this.#found[place]);
  }

  #take({ field, value, name, person }) {
    const item = this.querySelector("template[data-choice]").content.firstElementChild.cloneNode(true);
    const box = item.querySelector("input");
    Object.assign(box, { name: field, value, checked: true });
    portray(item.querySelector(".avatar"), { id: person, name });
    item.querySelector(".whom__name").textContent = name;
    this.#chosen.append(item);
    this.input.value = "";
    this.#close();
    this.#say(name);
    this.input.focus();
  }

  /** Who is not meant after all goes; whom the server offered for a name stays to be checked. */
  #unchecked(box) {
    if (box.checked) return;
    box.closest("li").remove();
    this.input.focus();
  }
}

customElements.define("hubbub-whom", HubbubWhom);
