// What the page shows of its room besides the log: the name, the topic, and that it is not there any more. Knows no socket
// and no timeline.

import { showArchived } from "hubbub/elements/word";

const find = (selector) => document.querySelector(selector);

/** The room's own state, as a `room` frame has it. A direct room is named after the others in it: that the server does. */
export function showRoom({ name, kind, topic = "", archived = false, slow = 0 }) {
  if (kind !== "direct") find(".header__name").textContent = name;
  const line = find(".header__topic");
  line.textContent = line.title = topic;
  line.hidden = !topic;
  if (!find("hubbub-composer")) return;
  const field = find(".composer__input");
  if (kind !== "direct") field.placeholder = field.dataset.words.replace("{room}", () => name);
  showSlow(archived ? 0 : slow);
  showArchived(archived);
}

/** Somebody has spoken in a room that nobody had made: from now on it can be told of, and followed. */
export function foundRoom(url) {
  const about = find(".header__about:not([href])");
  if (!about) return;
  about.href = `${url}-/about/`;
  find("hubbub-attention").hidden = false;
}

/** For this person there is no such room any longer: nothing of it stays on the page. */
export function clearRoom() {
  for (const part of ["#chat-log", ".pill", ".composer", ".header__topic", "hubbub-people"]) {
    for (const element of document.querySelectorAll(part)) element.hidden = true;
  }
  find(".log__messages").replaceChildren();
  find(".log__pending").replaceChildren();
  find("#people")?.hidePopover();
}

/** How often each may speak, in the largest unit that fits. */
function showSlow(seconds) {
  const line = find(".composer__slow");
  line.hidden = !seconds;
  if (!seconds) return;
  const [unit, size] = [["hour", 3600], ["minute", 60], ["second", 1]].find(([, size]) => seconds % size === 0);
  const words = new Intl.NumberFormat(document.documentElement.lang || undefined, { style: "unit", unit, unitDisplay: "long" });
  line.textContent = line.dataset.words.replace("{span}", words.format(seconds / size));
}
