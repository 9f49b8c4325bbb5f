// <hubbub-shortcodes>: while a :shortcode is typed in the composer, the emoji it may become. Arrows choose, Enter or Tab
// takes, Escape closes; the keyboard stays in the field. Knows the field and its own list; the names come when needed.

const TYPED = /(?<![\w:]):([a-z0-9_+-]{2,32})$/i;
const MOST = 8;

class HubbubShortcodes extends HTMLElement {
  #names = null;
  #found = [];
  #chosen = 0;

  connectedCallback() {
    const form = this.closest("form");
    form.addEventListener("keydown", (event) => this.#pressed(event), { capture: true });
    this.#input.addEventListener("input", () => this.#look());
    this.#input.addEventListener("click", () => this.#look());
    this.#input.addEventListener("blur", () => this.#close());
    this.#list.addEventListener("pointerdown", (event) => event.preventDefault());     // the field keeps the keyboard
    this.#list.addEventListener("click", (event) => this.#clicked(event));
    this.#input.setAttribute("aria-autocomplete", "list");
    this.#input.setAttribute("aria-controls", this.#list.id);
  }

  get #input() { return this.closest("form").querySelector("textarea"); }
  get #list() { return this.querySelector("ul"); }
  get #typed() {
    const { value, selectionStart, selectionEnd } = this.#input;
    return selectionStart === selectionEnd ? TYPED.exec(value.slice(Math.max(0, selectionStart - 40), selectionStart)) : null;
  }

  async #look() {
    if (!this.#typed) return this.#close();
    this.#names ??= (await import("hubbub/shortcodes")).shortcodes;
    const typed = this.#typed;                                       // it may have moved on meanwhile
    this.#found = typed ? matches(this.#names, typed[1].toLowerCase()) : [];
    if (this.#found.length) this.#open();
    else this.#close();
  }

  #open() {
    this.#list.replaceChildren(...this.#found.map(([name, emoji], place) => option(name, emoji, place)));
    this.#list.hidden = false;
    this.#choose(0);
  }

  #close() {
    this.#found = [];
    this.#list.hidden = true;
    this.#list.replaceChildren();
    this.#input.removeAttribute("aria-activedescendant");
  }

  #choose(place) {
    this.#chosen = (place + this.#found.length) % this.#found.length;
    for (const [index, node] of [...this.#list.children].entries()) node.setAttribute("aria-selected", String(index === this.#chosen));
    this.#input.setAttribute("aria-activedescendant", this.#list.children[this.#chosen].id);
  }

  #pressed(event) {
    if (!this.#found.length || event.isComposing || event.shiftKey || event.altKey || event.ctrlKey || event.metaKey) return;
    switch (event.key) {
      case "ArrowDown": this.#choose(this.#chosen + 1); break;
      case "ArrowUp": this.#choose(this.#chosen - 1); break;
      case "Enter": case "Tab": this.#take(this.#chosen); break;
      case "Escape": this.#close(); break;
      default: return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  #clicked(event) {
    const place = [...this.#list.children].indexOf(event.target.closest("[role=option]"));
    if (place >= 0) this.#take(place);
  }

  /** The emoji itself is written: what one sees is what is sent. */
  #take(place) {
    const typed = this.#typed;
    const [, emoji] = this.#found[place];
    this.#close();
    if (!typed) return;
    const end = this.#input.selectionStart;
    this.#input.setRangeText(`${emoji} `, end - typed[0].length, end, "end");
    this.#input.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

/** The names that begin so, then those with a word that does; short ones first. */
function matches(names, begun) {
  const rank = (name) => (name === begun ? 0 : name.startsWith(begun) ? 1 : name.includes(`_${begun}`) ? 2 : 3);
  const found = names.map(([name, emoji]) => [name, emoji, rank(name)]).filter(([, , place]) => place < 3);
  found.sort((a, b) => a[2] - b[2] || a[0].length - b[0].length || (a[0] < b[0] ? -1 : 1));
  const shown = new Map();                                           // each emoji once, by its best name
  for (const [name, emoji] of found) if (shown.size < MOST && !shown.has(emoji)) shown.set(emoji, name);
  return [...shown].map(([emoji, name]) => [name, emoji]);
}

function option(name, emoji, place) {
  const node = document.createElement("li");
  node.id = `shortcode-${place}`;
  node.className = "shortcodes__option";
  node.setAttribute("role", "option");
  const picture = document.createElement("span");
  picture.className = "shortcodes__emoji";
  picture.setAttribute("aria-hidden", "true");
  picture.textContent = emoji;
  node.append(picture, `:${name}:`);
  return node;
}

customElements.define("hubbub-shortcodes", HubbubShortcodes);
