// <hubbub-switcher>: one field that leads anywhere. Rooms and people come from the server (what one may read, nothing
// else), unread counts from the sidebar, commands from the registry of keys. A combobox: the keyboard stays in the field.
// Event (bubbling, cancelable): `hubbub:person` {id, name}; whoever shows a person's card takes it, else its page opens.

import { caps } from "hubbub/elements/keys";
import { portray } from "hubbub/elements/avatar";
import { composes } from "hubbub/field";
import { best, folded } from "hubbub/fuzzy";
import { keys } from "hubbub/keys";

const MOST = 12;
const FRESH_FOR = 30_000;
const ASK_AFTER = 200;
const SIGNS = { "#": "room", "@": "person", ">": "command" };

class HubbubSwitcher extends HTMLElement {
  #known = null;                    // {rooms, people, more} as the server said
  #asked = -Infinity;
  #extra = [];                      // what it found for these words, beyond what it lists by itself
  #shown = [];
  #chosen = 0;
  #timer;
  #awaited = 0;                     // answers of the server still to come for what is typed
  #hasty = false;                   // Enter came before them: the first of what they find is gone to

  connectedCallback() {
    const { input, list, dialog } = this;
    keys.add({ name: "switch", keys: ["Mod+K"], over: true, run: () => this.toggle() });
    input.addEventListener("input", () => this.#typed());
    input.addEventListener("keydown", (event) => this.#pressed(event));
    list.addEventListener("pointerdown", (event) => event.preventDefault());             // the field keeps the keyboard
    list.addEventListener("click", (event) => this.#clicked(event));
    list.addEventListener("pointermove", (event) => this.#pointed(event));
    dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
    for (const button of document.querySelectorAll("[data-switcher-open]")) {
      button.hidden = false;
      button.querySelector(".cap-place")?.replaceChildren(...caps(keys.get("switch").keys));
      button.addEventListener("click", () => this.toggle());
    }
  }

  get dialog() { return this.closest("dialog"); }
  get input() { return this.querySelector("input"); }
  get list() { return this.querySelector("[role=listbox]"); }

  toggle() {
    if (this.dialog.open) return this.dialog.close();
    document.querySelector("dialog:modal")?.close();
    document.querySelector("#sidebar:popover-open")?.hidePopover();
    this.input.value = "";
    this.#extra = [];
    this.#hasty = false;
    this.#seek();
    this.dialog.showModal();
    this.input.focus();
    this.#refresh();
    this.#show();
  }

  // What there is

  async #refresh() {
    if (performance.now() - this.#asked < FRESH_FOR) return;
    const answer = await this.#ask("");
    if (answer) this.#asked = performance.now();
    this.#known = answer ?? this.#known;
    if (!this.dialog.open) return;
    this.#seek();                             // somebody types faster than that comes: on a large server it is asked for
    this.#come();
  }

  async #ask(words) {
    const url = new URL(this.dataset.url, location.href);
    if (words) url.searchParams.set("q", words);
    this.#awaited += 1;
    try {
      const response = await fetch(url, { headers: { Accept: "application/json" } });
      return response.ok ? entriesOf(await response.json(), this.dataset) : null;
    } catch {
      return null;                  // without a line: the sidebar's rooms and the commands are still here
    } finally {
      this.#awaited -= 1;
    }
  }

  get #entries() {
    const rooms = this.#known?.rooms ?? sidebarRooms(this.dataset);
    const unread = unreadRooms();
    const [news, others] = [[], []];
    for (const room of rooms) (unread.has(room.key) ? news : others).push({ ...room, unread: unread.get(room.key) });
    return [...news, ...others, ...(this.#known?.people ?? []), ...this.#extra, ...this.#commands()];
  }

  #commands() {
    const list = document.querySelector("hubbub-keys");
    const pages = this.#known?.administration ?? [];
    const actions = keys.names.map((name) => keys.get(name)).filter(({ command, can }) => command && can).map(({ name, keys: ways }) => {
      const words = list?.words(name) ?? "";
      return { kind: "command", id: `command ${name}`, command: name, name: words, ways, folded: folded(words) };
    }).filter(({ name }) => name);
    return [...actions, ...pages];
  }

  // What is typed

  #typed() {
    this.#hasty = false;
    this.#seek();
    this.#show();
  }

  #seek() {
    clearTimeout(this.#timer);
    const { words } = this.#sought;
    this.#timer = words && this.#known?.more ? setTimeout(() => this.#search(words), ASK_AFTER) : 0;
  }

  get #waits() { return this.#awaited > 0 || this.#timer > 0; }

  /** An answer is here, or will not come. What somebody went down to stays chosen. */
  #come() {
    const chosen = this.#chosen && this.#shown[this.#chosen]?.id;
    this.#show();
    if (chosen) this.#choose(Math.max(0, this.#shown.findIndex(({ id }) => id === chosen)));
    if (this.#hasty && !this.#waits) this.#go(this.#shown[this.#chosen]);
  }

  /** On a large server not everything is listed beforehand: it is asked for these words. */
  async #search(words) {
    this.#timer = 0;
    const answer = await this.#ask(words);
    if (!this.dialog.open) return;
    const held = new Set([...this.#known.rooms, ...this.#known.people].map(({ id }) => id));
    if (answer && this.#sought.words === words) this.#extra = [...answer.rooms, ...answer.people].filter(({ id }) => !held.has(id));
    this.#come();
  }

  get #sought() {
    const typed = this.input.value;
    const kind = SIGNS[typed[0]];
    return { kind, words: (kind ? typed.slice(1) : typed).trim() };
  }

  #show() {
    const { kind, words } = this.#sought;
    const entries = this.#entries;
    this.#shown = best(words, kind ? entries.filter((entry) => entry.kind === kind) : entries, MOST);
    if (words && (!kind || kind === "room") && this.dataset.enter && !entries.some((room) => room.kind === "room" && room.name === words)) {
      this.#shown = [...this.#shown.slice(0, MOST - 1), newRoom(words, this.dataset)];
    }
    this.list.replaceChildren(...this.#shown.map((entry, place) => this.#option(entry, place)));
    this.input.setAttribute("aria-expanded", String(this.#shown.length > 0));
    this.querySelector(".switcher__none").textContent = this.#shown.length || this.#waits ? "" : this.dataset.none;
    this.#choose(0);
  }

  #option(entry, place) {
    const node = document.getElementById("hubbub-switcher-option").content.firstElementChild.cloneNode(true);
    node.id = `switcher-option-${place}`;
    node.dataset.kind = entry.kind;
    if (entry.of) node.dataset.room = entry.of;
    node.querySelector(".switcher__name").textContent = entry.name;
    const avatar = node.querySelector(".avatar");
    if (entry.kind === "person") portray(avatar, { id: entry.person, name: entry.name });
    else avatar.hidden = true;
    const hint = node.querySelector(".switcher__hint");
    if (entry.unread) hint.append(this.dataset.unread.replace("{n}", entry.unread.toLocaleString()));
    else if (entry.kind === "command") hint.append(...caps(entry.ways.slice(0, 1)));
    else hint.append(entry.current ? this.dataset.current : this.dataset[entry.guest ? "guest" : entry.of ?? entry.kind] ?? this.dataset[entry.kind] ?? "");
    return node;
  }

  // Choosing

  #choose(place) {
    if (!this.#shown.length) return this.input.removeAttribute("aria-activedescendant");
    this.#chosen = (place + this.#shown.length) % this.#shown.length;
    for (const [index, node] of [...this.list.children].entries()) node.setAttribute("aria-selected", String(index === this.#chosen));
    const node = this.list.children[this.#chosen];
    this.input.setAttribute("aria-activedescendant", node.id);
    node.scrollIntoView({ block: "nearest" });
  }

  #pressed(event) {
    if (composes(event) || event.altKey || event.metaKey) return;
    const down = event.key === "ArrowDown" || (event.ctrlKey && event.key === "n");
    const up = event.key === "ArrowUp" || (event.ctrlKey && event.key === "p");
    if (down || up) this.#choose(this.#chosen + (down ? 1 : -1));
    else if (event.key === "Enter") this.#enter(this.#shown[this.#chosen]);
    else return;
    event.preventDefault();
  }

  /** Nothing fits yet, or only a room that is not there yet: what the server is still to say may. */
  #enter(entry) {
    this.#hasty = this.#waits && (!entry || entry.kind === "new");
    if (!this.#hasty) this.#go(entry);
  }

  #clicked(event) {
    const place = [...this.list.children].indexOf(event.target.closest("[role=option]"));
    if (place >= 0) this.#go(this.#shown[place]);
  }

  #pointed(event) {
    const place = [...this.list.children].indexOf(event.target.closest("[role=option]"));
    if (place >= 0 && place !== this.#chosen) this.#choose(place);
  }

  #go(entry) {
    if (!entry) return;
    this.dialog.close();
    if (entry.command) return keys.run(entry.command);
    if (entry.kind === "person") {
      const detail = { id: entry.person, name: entry.name };
      if (!this.dispatchEvent(new CustomEvent("hubbub:person", { bubbles: true, cancelable: true, detail }))) return;
    }
    if (!entry.current) location.assign(entry.url);
  }
}

/** The server's answer as entries. */
function entriesOf({ rooms, people, more, administration }, { personTemplate, settings }) {
  const here = document.querySelector("hubbub-rooms [aria-current]")?.dataset.room;
  return {
    more,
    administration: administration ? [{ kind: "command", id: "administration", name: settings, ways: [], url: administration, folded: folded(settings) }] : [],
    rooms: rooms.map(({ key, name, kind, url }) => ({
      kind: "room", id: `room ${key}`, key, name, url, of: kind, current: key === here, folded: folded(name),
    })),
    people: people.map(({ id, name, guest }) => ({
      kind: "person", id: `person ${id}`, person: id, name, guest, url: personTemplate.replace("__person__", id), folded: folded(name),
    })),
  };
}

function sidebarRooms() {
  return [...document.querySelectorAll("hubbub-rooms [data-room]")].map((link) => {
    const name = link.querySelector(".rooms__name").textContent;
    const current = link.hasAttribute("aria-current");
    const { room: key, kind: of } = link.dataset;
    return { kind: "room", id: `room ${key}`, key, name, url: link.href, of, current, folded: folded(name) };
  });
}

function unreadRooms() {
  const links = document.querySelectorAll("hubbub-rooms [data-room]:not([data-unread='0'])");
  return new Map([...links].map((link) => [link.dataset.room, Number(link.dataset.unread)]));
}

/** Any name leads to a room: it begins when somebody first speaks there. */
function newRoom(name, { enter, roomsUrl }) {
  const url = new URL(roomsUrl, location.href);
  url.searchParams.set("room", name);
  return { kind: "new", id: "new", name: enter.replace("{name}", () => name), url: url.href };
}

customElements.define("hubbub-switcher", HubbubSwitcher);
