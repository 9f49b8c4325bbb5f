// What every page has besides its own: the keys, the switcher, the search, the list of keys. Each page's entry imports it.

import { keys } from "hubbub/keys";
import "hubbub/elements/card";
import "hubbub/elements/finder";
import "hubbub/elements/keys";
import "hubbub/elements/new_message";
import "hubbub/elements/new_room";
import "hubbub/elements/switcher";
import { nextRoom } from "hubbub/elements/rooms";
import { say } from "hubbub/elements/note";

const find = (selector) => document.querySelector(selector);
const follow = (selector) => { const link = find(selector); if (link?.href) location.assign(link.href); return Boolean(link?.href); };

keys.listen();

keys.add({ name: "next-unread", keys: ["Alt+Shift+ArrowDown", "n"], command: true, run: () => unread(1), when: hasRooms });
keys.add({ name: "previous-unread", keys: ["Alt+Shift+ArrowUp", "p"], command: true, run: () => unread(-1), when: hasRooms });
keys.add({ name: "next-room", keys: ["Alt+ArrowDown"], run: () => beside(1), when: hasRooms });
keys.add({ name: "previous-room", keys: ["Alt+ArrowUp"], run: () => beside(-1), when: hasRooms });
keys.add({ name: "all-rooms", keys: ["Alt+Shift+R"], command: true, run: () => follow("[data-go=rooms]") });
keys.add({ name: "people", keys: ["Alt+Shift+P"], command: true, run: () => follow("[data-go=people]") });
keys.add({ name: "profile", keys: ["Alt+Shift+Y"], command: true, run: () => follow("[data-go=profile]") });
keys.add({ name: "mentions", keys: ["Alt+Shift+M"], command: true, run: () => follow("[data-go=mentions]") });
keys.add({ name: "about", keys: ["Alt+Shift+A"], command: true, run: () => follow("[data-go=about]"), when: () => find("[data-go=about]") });
keys.add({ name: "theme", keys: ["Alt+Shift+T"], command: true, run: () => find("[data-theme-toggle]")?.click() });
keys.add({ name: "sign-out", keys: ["Alt+Shift+Backspace"], command: true, run: () => find("#sign-out-form").requestSubmit(), when: () => find("#sign-out-form") });
keys.add({ name: "sidebar", keys: ["Alt+Shift+S"], run: sidebar });
keys.add({ name: "write", keys: ["c"], command: true, run: () => find("#chat-message-input").focus(), when: () => find("#chat-message-input") });
keys.add({ name: "here", keys: ["Alt+Shift+H"], command: true, run: here, when: () => find(".people__button")?.checkVisibility() });

function hasRooms() { return Boolean(find("hubbub-rooms [data-room]")); }

function unread(step) {
  const link = nextRoom(step, true);
  if (link) location.assign(link.href);
  else say("none");
}

function beside(step) {
  const link = nextRoom(step, false);
  if (link) location.assign(link.href);
}

/** A drawer on narrow screens; on wide ones its room. */
function sidebar() {
  const aside = find("#sidebar");
  if (!aside) return false;
  if (find(".header__menu")?.checkVisibility()) aside.togglePopover();
  (aside.querySelector("[aria-current]") ?? aside.querySelector("a"))?.focus();
}

function here() {
  find("#people").showPopover();
  find("#people").focus();
}
