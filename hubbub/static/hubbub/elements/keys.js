// <hubbub-keys>: the dialog behind `?` that lists what keys do, by place. The words stand in it; which keys, and whether
// there is such an action on this page, it asks the registry when it is opened.

import { keys } from "hubbub/keys";

class HubbubKeys extends HTMLElement {
  connectedCallback() {
    keys.add({ name: "keys", keys: ["?", "Mod+/"], command: true, over: true, run: () => this.toggle() });
    this.#single.addEventListener("change", () => { keys.single = this.#single.checked; });
    this.#dialog.addEventListener("click", (event) => { if (event.target === this.#dialog) this.#dialog.close(); });
    for (const button of document.querySelectorAll("[data-keys-open]")) {
      button.hidden = false;
      button.addEventListener("click", () => this.toggle());
    }
  }

  toggle() {
    const dialog = this.#dialog;
    if (dialog.open) return dialog.close();
    document.querySelector("dialog:modal")?.close();
    this.#fill();
    dialog.showModal();
  }

  /** What an action is called, for whoever offers it by name. */
  words(name) { return this.querySelector(`[data-name="${CSS.escape(name)}"] dt`)?.textContent ?? ""; }

  get #dialog() { return this.closest("dialog"); }
  get #single() { return this.querySelector("[name=single]"); }

  #fill() {
    this.#single.checked = keys.single;
    for (const line of this.querySelectorAll("[data-name]")) {
      const action = keys.get(line.dataset.name);
      line.hidden = !action?.keys.length;
      if (action) line.querySelector("dd").replaceChildren(...caps(action.keys));
    }
    for (const place of this.querySelectorAll("section")) place.hidden = !place.querySelector("[data-name]:not([hidden])");
  }
}

/** Each way to press it as caps; a comma between two ways. */
export function caps(ways) {
  return ways.map((way) => {
    const chord = document.createElement("span");
    chord.className = "chord";
    chord.append(...way.map((cap) => Object.assign(document.createElement("kbd"), { className: "cap", textContent: cap })));
    return chord;
  });
}

customElements.define("hubbub-keys", HubbubKeys);
