// The ways through a room's log: the pills at its ends, links into it, the field for a day, marking as read and unread,
// and the keys for all of these. Decides nothing but who hears whom.

import { Missed } from "hubbub/elements/missed";
import { Pill } from "hubbub/elements/pill";
import "hubbub/elements/when";
import { keys } from "hubbub/keys";

const find = (selector) => document.querySelector(selector);

export function ways({ log, reading, connection, tally }) {
  const pill = new Pill(find(".pill"));
  const missed = new Missed(find(".missed"));
  const when = find("hubbub-when");

  log.addEventListener("fresh", ({ detail }) => pill.show(detail, log.scrollHeight - log.scrollTop - log.clientHeight));
  log.addEventListener("missed", ({ detail }) => missed.show(detail.count));
  log.addEventListener("unread", ({ detail }) => reading.unreadFrom(detail.seq));
  missed.addEventListener("go", () => log.toUnread());
  missed.addEventListener("dismiss", () => log.dismiss());
  find(".pill").addEventListener("click", () => { reading.toEnd(); find("#chat-message-input")?.focus(); });
  find("#read-all-form")?.addEventListener("submit", (event) => { if (reading.readAll()) event.preventDefault(); });

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    if (!link || link.target || !plain(event)) return;
    if (link.matches("[data-present]")) reading.toEnd();
    else if (!reading.follow(link.href)) return;
    event.preventDefault();
    link.closest(":popover-open")?.hidePopover();
  });

  when.here = () => log.day;
  when.addEventListener("hubbub:when", (event) => {
    if (!connection.open) return;                   // then the form asks the server for a page
    event.preventDefault();
    log.toMoment(event.detail.at);
  });

  keys.add({ name: "mark-read", keys: ["Escape"], typing: true, command: true, when: () => !find(":popover-open"), run: () => reading.toEnd() });
  keys.add({ name: "beginning", keys: ["Mod+Home"], typing: false, command: true, run: () => log.toMessage(1, { mark: false }) });
  keys.add({ name: "first-unread", keys: ["Alt+Shift+U"], command: true, when: () => missed.shown, run: () => log.toUnread() });
  keys.add({ name: "mark-unread", keys: ["Shift+U"], when: focused, run: () => reading.unreadFrom(Number(focused().dataset.seq)) });
  keys.add({ name: "read-all", keys: ["Alt+Shift+E"], command: true, when: () => tally.total > 0, run: () => find("#read-all-form")?.requestSubmit() });
}

/** The message that has the keyboard, if one has. */
const focused = () => document.activeElement?.closest("#chat-log .message[data-seq]");

const plain = (event) => !event.defaultPrevented && event.button === 0
  && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
