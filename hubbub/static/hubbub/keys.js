// Owns what keys do: every action of the page under its name, with its keys and when it applies. Whoever has an action
// registers it here and does not listen to the keyboard itself:
//
//   keys.add({ name: "next-unread", keys: ["Alt+Shift+ArrowDown", "n"], run: () => …, when: () => …, command: true });
//
// Its words stand under the same name in templates/hubbub/keys.html, where `?` shows them. `Mod` is Ctrl, and ⌘ on a Mac.
// - A key that writes something (`n`, `?`) does nothing while one types, nor with single keys switched off (WCAG 2.1.4).
// - Escape, arrows and the like do nothing while one types unless the action says `typing: true`.
// - `Mod+…` and `Alt+…` work while one types unless the action says `typing: false`.
// - Nothing happens behind a modal dialog unless the action says `over: true`, while a composition (Chinese, Japanese …)
//   goes on, or when an element has taken the key by preventDefault().
// - Of several actions on a key the one added last goes first; one whose `run` returns false leaves it to the next.
// - Without `run` it is only listed: an element of its own does it. With `command: true` the switcher offers it too.
//
// Knows no element, no socket and no words.

import { composes } from "hubbub/field";
import { prefer, preference } from "hubbub/kept";

const MAC = /mac|iphone|ipad/i.test(navigator.userAgentData?.platform ?? navigator.platform ?? "");
const SINGLE = "single-keys";
const TEXT = `input:not([type="checkbox"], [type="radio"], [type="button"], [type="submit"], [type="reset"], [type="range"]),
  textarea, select, [contenteditable]:not([contenteditable="false"])`;
const SHOWN = { Mod: MAC ? "⌘" : "Ctrl", Alt: MAC ? "⌥" : "Alt", Shift: MAC ? "⇧" : "Shift", Escape: "Esc", " ": "Space",
  ArrowUp: "↑", ArrowDown: "↓", ArrowLeft: "←", ArrowRight: "→", PageUp: "Page ↑", PageDown: "Page ↓" };

/** Event: `change`, when an action comes or goes or single keys are switched. */
export class Keys extends EventTarget {
  #actions = new Map();

  /** Registers an action; one of the same name gives way. Returns what takes it back. */
  add({ name, keys = [], run = null, when = () => true, typing, over = false, command = false }) {
    const action = { name, keys: keys.map(parsed), run, when, typing, over, command };
    this.#actions.delete(name);
    this.#actions.set(name, action);
    this.#tell();
    return () => { if (this.#actions.get(name) === action && this.#actions.delete(name)) this.#tell(); };
  }

  /** The action of this name: what `?` and the switcher show of it, or null. */
  get(name) {
    const action = this.#actions.get(name);
    return action ? { name, keys: action.keys.map(shown), can: Boolean(action.run) && action.when(), command: action.command } : null;
  }

  get names() { return [...this.#actions.keys()]; }

  /** Does it, as if a key of its had been pressed. */
  run(name) {
    const action = this.#actions.get(name);
    return Boolean(action?.run) && action.when() && action.run() !== false;
  }

  get single() {
    return preference(SINGLE) !== "off";
  }

  set single(on) {
    prefer(SINGLE, on ? null : "off");
    this.#tell();
  }

  /** Hears the keys of this document. */
  listen(target = document) { target.addEventListener("keydown", (event) => this.press(event)); }

  /** A key was pressed: does what is registered for it. Returns whether anything was. */
  press(event) {
    if (event.defaultPrevented || composes(event) || event.key === undefined) return false;
    const typing = Boolean(event.target?.closest?.(TEXT));
    const modal = document.querySelector("dialog:modal");
    for (const action of [...this.#actions.values()].reverse()) {
      if (!action.run || (modal && !action.over)) continue;
      const key = action.keys.find((one) => matches(one, event));
      if (!key || (writes(key) && !this.single)) continue;
      if (typing && !(writes(key) ? false : action.typing ?? (key.mod || key.alt))) continue;
      if (!action.when(event) || action.run(event) === false) continue;
      event.preventDefault();
      return true;
    }
    return false;
  }

  #tell() { this.dispatchEvent(new CustomEvent("change")); }
}

export const keys = new Keys();

/** "Alt+Shift+ArrowDown" in parts. */
function parsed(text) {
  const parts = text === "+" ? ["+"] : text.split("+");
  const key = parts.at(-1);
  const has = (part) => parts.slice(0, -1).includes(part);
  return { key, mod: has("Mod"), alt: has("Alt"), shift: has("Shift") };
}

/** Whether it is a key that puts a character into a field. */
const writes = ({ key, mod, alt }) => !mod && !alt && key.length === 1;

function matches({ key, mod, alt, shift }, event) {
  const [held, other] = MAC ? [event.metaKey, event.ctrlKey] : [event.ctrlKey, event.metaKey];
  const letter = /^[a-z]$/i.test(key);
  const fixed = letter || key.length > 1;                          // a sign such as ? may need Shift, or not, by layout
  return !other && held === mod && event.altKey === alt && (!fixed || event.shiftKey === shift) && same(event, key, letter);
}

/** By what the key writes; where that is no Latin letter (another script's layout, or Alt on a Mac), by where it is. */
function same({ key: pressed, code }, key, letter) {
  if (pressed.toLowerCase() === key.toLowerCase()) return true;
  return letter && pressed.length === 1 && pressed > "~" && code === `Key${key.toUpperCase()}`;
}

/** The caps to press, in order: ["Alt", "Shift", "↓"]. */
function shown({ key, mod, alt, shift }) {
  const caps = [mod && "Mod", alt && "Alt", shift && "Shift"].filter(Boolean);
  return [...caps, key.length === 1 ? key.toUpperCase() : key].map((cap) => SHOWN[cap] ?? cap);
}
