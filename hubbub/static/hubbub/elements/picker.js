// <hubbub-picker>: chooses an emoji: by name, among those chosen lately, or from all there are, in one's own tone of skin.
// Arrows move in the grid while the field keeps the keyboard; Enter takes, Escape closes. The names come when needed.

import { place } from "hubbub/elements/panel";
import { plainly, toned } from "hubbub/emoji";
import { composes } from "hubbub/field";
import { prefer, preference } from "hubbub/kept";

const RECENT = "emoji:recent", TONE = "emoji:tone";
const MOST_RECENT = 16;
const FINGER = matchMedia("(hover: none) and (pointer: coarse)");
const USUAL = "👍 ❤️ 😄 🎉 👀 🙏 ✅ 👎".split(" ");

class HubbubPicker extends HTMLElement {
  #groups = null;
  #take = () => {};
  #left = () => {};
  #chosen = null;
  #hasty = false;                   // Enter came before the names: the first that is found is taken

  connectedCallback() {
    this.#field.addEventListener("input", () => this.#search());
    this.#field.addEventListener("keydown", (event) => this.#pressed(event));
    this.#list.addEventListener("pointerdown", (event) => event.preventDefault());        // the field keeps the keyboard
    this.#list.addEventListener("click", ({ target }) => this.#pick(target.closest("[role=option]")));
    this.#list.addEventListener("pointermove", ({ target }) => this.#choose(target.closest("[role=option]"), false));
    this.querySelector(".picker__tones").addEventListener("change", ({ target }) => this.#tint(target.value));
    this.addEventListener("toggle", ({ newState }) => { if (newState === "closed") this.#left(); });
  }

  /** Opens at a node; `take` gets the emoji, `left` is told when it is closed. */
  async open(anchor, take, left = () => {}) {
    this.#take = take;
    this.#left = left;
    this.#hasty = false;
    const at = anchor.getBoundingClientRect();
    if (!this.matches(":popover-open")) this.showPopover();
    this.#field.value = "";
    place(this, at);
    const first = FINGER.matches ? this.#list : this.#field;         // a keyboard on the screen comes only when it is asked for
    first.focus({ preventScroll: true });
    this.#groups ??= (await import("hubbub/emoji")).groups(await import("hubbub/shortcodes"));
    for (const tone of this.querySelectorAll("[name=tone]")) tone.checked = tone.value === this.#tone;
    this.#search();                                                  // somebody may have typed meanwhile
    place(this, at);
    if (this.#hasty && this.matches(":popover-open")) this.#pick(this.#chosen);
  }

  get #field() { return this.querySelector(".picker__field"); }
  get #list() { return this.querySelector(".picker__list"); }
  get #options() { return [...this.#list.querySelectorAll("[role=option]")]; }
  get #tone() { return preference(TONE) ?? ""; }
  get #recent() { return preference(RECENT)?.split(" ").filter(Boolean) ?? []; }

  #show() {
    const recent = [...new Set([...this.#recent, ...USUAL])].slice(0, MOST_RECENT).map((emoji) => [emoji, this.#nameOf(emoji)]);
    const groups = this.#groups.map(({ name, all }) => group(this.dataset[name], all.map(([emoji, names]) => [toned(emoji, this.#tone), names[0]])));
    this.#fill([group(this.dataset.recent, recent), ...groups]);
  }

  #search() {
    if (!this.#groups) return;
    const words = this.#field.value.trim().toLowerCase().replace(/^:|:$/g, "").split(/[\s_]+/).filter(Boolean);
    if (!words.length) return this.#show();
    const found = this.#groups.flatMap(({ all }) => all).map((one) => [...one, rank(one[1], words)]).filter(([, , place]) => place < Infinity);
    found.sort((a, b) => a[2] - b[2]);
    const shown = found.slice(0, 80).map(([emoji, names]) => [toned(emoji, this.#tone), names.find((name) => words.every((word) => name.includes(word))) ?? names[0]]);
    this.#fill(shown.length ? [group(this.dataset.found, shown)] : []);
  }

  #fill(groups) {
    this.#list.replaceChildren(...groups);
    this.#list.scrollTop = 0;
    this.querySelector(".picker__none").hidden = groups.length > 0;
    for (const [place, option] of this.#options.entries()) option.id = `picker-${place}`;
    this.#chosen = null;
    this.#choose(this.#options[0] ?? null);
  }

  #choose(option, scroll = true) {
    if (option === null && this.#options.length) return;
    this.#chosen?.setAttribute("aria-selected", "false");
    this.#chosen = option;
    const said = this.querySelector(".picker__name");
    said.textContent = option ? `:${option.dataset.name}:` : "";
    if (!option) return this.#field.removeAttribute("aria-activedescendant");
    option.setAttribute("aria-selected", "true");
    this.#field.setAttribute("aria-activedescendant", option.id);
    if (scroll) option.scrollIntoView({ block: "nearest" });
  }

  #pressed(event) {
    if (composes(event)) return;
    const options = this.#options, at = options.indexOf(this.#chosen);
    const rtl = getComputedStyle(this).direction === "rtl" ? -1 : 1;
    const sideways = !this.#field.value || this.#field.selectionStart === this.#field.value.length;
    switch (event.key) {
      case "ArrowDown": this.#choose(this.#beside(1)); break;
      case "ArrowUp": this.#choose(this.#beside(-1)); break;
      case "ArrowRight": if (!sideways) return; this.#choose(options[at + rtl] ?? this.#chosen); break;
      case "ArrowLeft": if (!sideways || (this.#field.value && at <= 0)) return; this.#choose(options[at - rtl] ?? this.#chosen); break;
      case "Enter": if (this.#groups) this.#pick(this.#chosen); else this.#hasty = true; break;
      default: return;
    }
    event.preventDefault();
  }

  /** The option in the next row that stands nearest under or over the chosen one. */
  #beside(step) {
    if (!this.#chosen) return null;
    const { left, top } = this.#chosen.getBoundingClientRect();
    let best = this.#chosen, row = null;
    const options = this.#options, at = options.indexOf(this.#chosen);
    for (let place = at + step; place >= 0 && place < options.length; place += step) {
      const box = options[place].getBoundingClientRect();
      if (Math.abs(box.top - top) < 2) continue;
      row ??= box.top;
      if (Math.abs(box.top - row) > 2) break;
      if (best === this.#chosen || Math.abs(box.left - left) < Math.abs(best.getBoundingClientRect().left - left)) best = options[place];
    }
    return best;
  }

  #pick(option) {
    if (!option) return;
    const emoji = option.value;
    prefer(RECENT, [emoji, ...this.#recent.filter((one) => one !== emoji)].slice(0, MOST_RECENT).join(" "));
    this.#left = () => {};
    this.hidePopover();
    this.#take(emoji);
  }

  #tint(tone) {
    prefer(TONE, tone);
    this.#search();
    if (!FINGER.matches) this.#field.focus({ preventScroll: true });
  }

  #nameOf(emoji) {
    for (const { all } of this.#groups) for (const [one, names] of all) if (plainly(one) === plainly(emoji)) return names[0];
    return "";
  }
}

/** The better the smaller: the name itself, one that begins so, one with words that do, one that has them anywhere. */
function rank(names, words) {
  let best = Infinity;
  for (const name of names) {
    const parts = name.split("_");
    if (name === words.join("_")) best = Math.min(best, 0);
    else if (name.startsWith(words.join("_"))) best = Math.min(best, 1);
    else if (words.every((word) => parts.some((part) => part.startsWith(word)))) best = Math.min(best, 2);
    else if (words.every((word) => name.includes(word))) best = Math.min(best, 3);
  }
  return best;
}

function group(label, all) {
  const made = document.createElement("div");
  made.className = "picker__group";
  made.setAttribute("role", "group");
  made.setAttribute("aria-label", label);
  made.dataset.label = label;
  made.append(...all.map(([emoji, name]) => {
    const option = document.createElement("button");
    Object.assign(option, { type: "button", className: "picker__emoji", value: emoji, textContent: emoji, tabIndex: -1, title: `:${name}:` });
    option.dataset.name = name;
    option.setAttribute("role", "option");
    option.setAttribute("aria-selected", "false");
    option.setAttribute("aria-label", `${emoji} ${name.replaceAll("_", " ")}`);
    return option;
  }));
  return made;
}

customElements.define("hubbub-picker", HubbubPicker);
