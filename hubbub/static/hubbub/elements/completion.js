// <hubbub-completion>: while :emoji, @person, #room or /command is typed in the field of its form, what it may become
// (`data-for="edit"`: but for commands, which are obeyed when they are sent); in the field of a search, what may follow
// from:, in: and the like. Arrows choose, Enter or Tab takes, Escape closes; the keyboard stays in the field, and its Ctrl-Z
// takes back what was taken. Knows the field and its own list; completions.js and signs.js find what is offered.

import { portray } from "hubbub/elements/avatar";
import { place } from "hubbub/elements/panel";
import { sourceFor, sourcesOf } from "hubbub/completions";
import { composes, write } from "hubbub/field";
import { folded } from "hubbub/fuzzy";
import { signsOf } from "hubbub/signs";

const LOOKED_AT = 80;               // characters before the caret

class HubbubCompletion extends HTMLElement {
  #sources = null;
  #found = [];
  #chosen = 0;
  #look = 0;

  connectedCallback() {
    const form = this.closest("form");
    const { url, room } = this.dataset;
    this.#sources = this.dataset.for === "search" ? signsOf({ url, words: this.dataset }) : sourcesOf({ url, room });
    if (this.dataset.for === "edit") this.#sources = this.#sources.filter(({ kind }) => kind !== "command");
    form.addEventListener("keydown", (event) => this.#pressed(event), { capture: true });
    form.addEventListener("submit", () => this.#close());
    this.#input.addEventListener("input", () => this.#update());
    this.#input.addEventListener("click", () => this.#update());
    this.#input.addEventListener("blur", () => this.#close());
    this.#list.addEventListener("pointerdown", (event) => event.preventDefault());     // the field keeps the keyboard
    this.#list.addEventListener("click", (event) => this.#clicked(event));
    this.#input.setAttribute("aria-autocomplete", "list");
    this.#input.setAttribute("aria-controls", this.#list.id);
  }

  get #input() { return this.closest("form").querySelector("textarea, [name=q]"); }
  get #list() { return this.querySelector("ul"); }

  /** The source of what is typed before the caret, and the match. */
  get #typed() {
    const { value, selectionStart, selectionEnd } = this.#input;
    if (selectionStart !== selectionEnd) return null;
    const start = Math.max(0, selectionStart - LOOKED_AT);
    const typed = sourceFor(this.#sources, value.slice(start, selectionStart));
    return typed?.source.kind === "command" && start ? null : typed;
  }

  async #update() {
    const turn = ++this.#look;
    const typed = this.#typed;
    if (!typed) return this.#close();
    const found = await typed.source.find(typed.match);
    if (turn !== this.#look) return;                                 // more was typed meanwhile
    this.#found = found;
    if (found.length) this.#open(typed.source);
    else this.#close();
  }

  #open({ kind, shy }) {
    this.#list.setAttribute("aria-label", this.dataset[kind === "room" ? "rooms" : kind]);
    this.#input.removeAttribute("aria-activedescendant");
    this.#list.replaceChildren(...this.#found.map((offer, place) => this.#option(offer, place)));
    this.#list.hidden = false;
    if (this.#list.popover) {                                          // over whatever would cut it off
      this.#list.showPopover();
      place(this.#list, this.#input.getBoundingClientRect());
    }
    this.#status.textContent = this.dataset.count.replace("{n}", this.#found.length);
    if (shy) this.#chosen = -1;
    else this.#choose(Math.max(0, this.#found.findIndex((_, place) => this.#isWhole(place))));
  }

  #close() {
    this.#look++;
    this.#found = [];
    if (this.#list.matches(":popover-open")) this.#list.hidePopover();
    this.#list.hidden = true;
    this.#list.replaceChildren();
    this.#status.textContent = "";
    this.#input.removeAttribute("aria-activedescendant");
  }

  #choose(place) {
    this.#chosen = (Math.max(place, -1) + this.#found.length) % this.#found.length;
    for (const [index, node] of [...this.#list.children].entries()) node.setAttribute("aria-selected", String(index === this.#chosen));
    this.#list.children[this.#chosen].scrollIntoView({ block: "nearest" });
    this.#input.setAttribute("aria-activedescendant", this.#list.children[this.#chosen].id);
  }

  #pressed(event) {
    if (!this.#found.length || composes(event) || event.shiftKey || event.altKey || event.ctrlKey || event.metaKey) return;
    switch (event.key) {
      case "ArrowDown": this.#choose(this.#chosen + 1); break;
      case "ArrowUp": this.#choose(this.#chosen < 0 ? -1 : this.#chosen - 1); break;
      case "Enter":
        if (this.#chosen < 0 || this.#isWhole(this.#chosen) || this.#isPast(this.#chosen)) return this.#close();       // it is sent
        this.#take(this.#chosen);
        break;
      case "Tab":
        if (this.#isPast(Math.max(0, this.#chosen))) return this.#close();
        this.#take(Math.max(0, this.#chosen));
        break;
      case "Escape": this.#close(); break;
      default: return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  /** Whether that was typed out already: who wrote all of a name does not press Enter for the list. */
  #isWhole(place) {
    return this.#typed?.match[0].toLowerCase() === this.#found[place].insert.toLowerCase();
  }

  /** Whether more was typed than the offer could be meant by: it was found for less, and the next answer is on its way. */
  #isPast(place) {
    const begun = folded(this.#typed?.match[0].slice(1) ?? "");
    return this.dataset.for !== "search" && !folded(this.#found[place].shown).includes(begun);
  }

  #clicked(event) {
    const place = [...this.#list.children].indexOf(event.target.closest("[role=option]"));
    if (place >= 0) this.#take(place);
  }

  /** What one sees is what is sent. */
  #take(place) {
    const typed = this.#typed;
    const { insert, open } = this.#found[place];
    this.#close();
    if (!typed) return;
    const end = this.#input.selectionStart;
    const spaced = /^\s/.test(this.#input.value.slice(end));
    write(this.#input, spaced || open ? insert : `${insert} `, end - typed.match[0].length, end);
    if (spaced && !open) this.#input.setSelectionRange(this.#input.selectionEnd + 1, this.#input.selectionEnd + 1);
  }

  get #status() { return this.querySelector("[role=status]"); }

  #option({ shown, note, picture, person, guest, here }, place) {
    const node = this.querySelector("template").content.firstElementChild.cloneNode(true);
    node.id = `${this.#list.id}-${place}`;
    const part = (name) => node.querySelector(name);
    part(".completion__shown").textContent = shown;
    part(".completion__note").textContent = note;
    if (picture) part(".completion__picture").textContent = picture;
    if (person) portray(part(".avatar"), { id: person, name: shown });
    for (const [name, kept] of [[".avatar", person], [".completion__picture", picture], [".completion__here", here], [".completion__guest", guest], [".completion__note", note]]) {
      if (!kept) part(name).remove();
    }
    return node;
  }
}

customElements.define("hubbub-completion", HubbubCompletion);
