// <hubbub-finder>: the search page's form and results in a dialog, over whatever page one is on. In a room it looks
// everywhere or there alone; a message of this room is gone to in place, since chat.js follows links into its own log.
// On the search page there is a field already: then that has the keyboard. Back from what was found leads to the same
// results: they are kept with the place in the browser's history that was left. Knows no socket.

import { caps } from "hubbub/elements/keys";
import { HubbubSearch } from "hubbub/elements/search";
import "hubbub/elements/completion";
import { keys } from "hubbub/keys";

class HubbubFinder extends HubbubSearch {
  #leaving = false;
  #chosen = -1;                     // which of the results led away, until they are here again

  connectedCallback() {
    super.connectedCallback();
    keys.add({ name: "search", keys: ["/", "Mod+Shift+F"], command: true, run: () => this.open() });
    keys.add({ name: "search-here", keys: ["Alt+Shift+G", "f"], command: true, when: () => Boolean(room()), run: () => this.open({ here: true }) });
    document.addEventListener("click", (event) => this.#clicked(event));
    this.addEventListener("click", (event) => this.#left(event));
    this.#dialog.addEventListener("click", (event) => { if (event.target === this.#dialog) this.#dialog.close(); });
    this.#dialog.addEventListener("close", () => this.#closed());
    addEventListener("popstate", () => this.#return());
    addEventListener("pageshow", ({ persisted }) => { if (persisted) this.#return(); });
    this.#return();
    for (const button of document.querySelectorAll("button[data-finder-open]")) {
      button.hidden = false;
      button.querySelector(".cap-place")?.replaceChildren(...caps(keys.get("search").keys.slice(0, 1)));
    }
    for (const form of document.querySelectorAll(".sidebar__search")) form.hidden = true;
  }

  /** Opens it as it was left; with `here` for the room that is open, without for the last choice. */
  open({ here } = {}) {
    const field = document.querySelector("hubbub-search [name=q]");
    document.querySelector("#sidebar:popover-open")?.hidePopover();
    if (field) return field.select();
    this.#meet(here);
    this.#dialog.showModal();
    this.input.select();
    if (this.input.value.trim()) this.ask();                  // something may have been said, or taken back, since
  }

  get status() { return this.querySelector(".finder__said"); }
  get #dialog() { return this.closest("dialog"); }
  get #only() { return this.querySelectorAll(".finder__where input")[1]; }
  get #all() { return this.querySelector(".finder__all"); }

  /** The room that is open, as the sidebar says it: the switch is for that one. */
  #meet(here) {
    const open = room();
    const where = this.querySelector(".finder__where");
    const [everywhere, only] = where.querySelectorAll("input");
    where.hidden = where.disabled = !open;
    if (!open) return;
    only.value = open.dataset.room;
    where.querySelector(".finder__room").textContent = open.querySelector(".rooms__name").textContent;
    if (here !== undefined) (here ? only : everywhere).checked = true;
  }

  show(answer, address) {
    super.show(answer, address);
    const words = this.input.value.trim();
    this.#all.hidden = !words;
    this.#all.href = address;
    this.querySelector(".search__help").open = !words;
    this.querySelector(".finder__view").scrollTop = 0;
    this.results.querySelectorAll("a")[this.#chosen]?.focus();
    this.#chosen = -1;
  }

  pressed(event) {
    super.pressed(event);
    if (event.defaultPrevented || event.isComposing || event.key !== "Escape") return;
    event.preventDefault();                                   // a field of this kind would be emptied by it first
    this.#dialog.close();
  }

  #clicked(event) {
    const opener = event.target.closest?.("[data-finder-open]");
    if (!opener || !plain(event)) return;
    event.preventDefault();
    this.open(opener.dataset.finderOpen === "room" ? { here: true } : {});
  }

  /** Out of the dialog: to a message, to the page with all of them, or back. */
  #left(event) {
    const link = event.target.closest("a[href]");
    if (!event.target.closest("[data-finder-close]") && !(link && plain(event))) return;
    const at = [...this.results.querySelectorAll("a")].indexOf(link);
    this.#leaving = at >= 0;
    if (this.#leaving) this.#keep({ words: this.input.value, here: this.#only.checked, at });
    this.#dialog.close();
  }

  #closed() {
    this.forget();
    this.#chosen = -1;
    if (!this.#leaving && history.state?.finder) this.#keep(undefined);
    this.#leaving = false;
  }

  /** Back where one went from to what was found. */
  #return() {
    const kept = history.state?.finder;
    if (!kept || this.#dialog.open) return;
    this.input.value = kept.words;
    this.#chosen = kept.at;
    this.open({ here: kept.here });
  }

  #keep(finder) { history.replaceState({ ...history.state, finder }, ""); }
}

/** The room that is open, in the sidebar. */
const room = () => document.querySelector("hubbub-rooms [aria-current]");

const plain = (event) => event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;

customElements.define("hubbub-finder", HubbubFinder);
