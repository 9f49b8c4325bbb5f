// The entry of a room's page: reads what the server left for it, and wires the timeline, the connection and the
// elements together. Everything that it decides is who hears whom.

import { Clock } from "hubbub/clock";
import { Connection, Refusal } from "hubbub/connection";
import { Courier } from "hubbub/courier";
import { Door } from "hubbub/door";
import { Outbox } from "hubbub/outbox";
import { Reading } from "hubbub/reading";
import { Tally } from "hubbub/tally";
import { Timeline } from "hubbub/timeline";
import { Pill } from "hubbub/elements/pill";
import "hubbub/elements/composer";
import "hubbub/elements/connection";
import "hubbub/elements/log";
import { know } from "hubbub/elements/mentions";
import "hubbub/elements/name";
import "hubbub/elements/people";
import "hubbub/elements/rooms";
import "hubbub/elements/shortcodes";
import "hubbub/elements/typing";
import { block, isBlocked } from "hubbub/elements/veil";
import { keys } from "hubbub/keys";
import "hubbub/shell";

const JOIN_AGAIN = 5_000;
const COUNTED = new Set(["joined", "message", "synced", "reset"]);

const page = JSON.parse(document.getElementById("hubbub-page").textContent);
const clock = new Clock(document.documentElement.lang);
const title = document.title;
const find = (selector) => document.querySelector(selector);
const [log, bar, composer, people, rooms, typing, nameForm, card] = ["log", "connection", "composer", "people", "rooms", "typing", "name", "card"]
  .map((name) => find(`hubbub-${name}`));

let you = page.you;
know(you.id, roomUrl);
block(page.blocked);
const timeline = new Timeline({ room: page.room, cursor: page.seq, messages: log.rendered, epoch: page.epoch, more: page.more, newer: page.newer });
const connection = new Connection({ url: socketUrl(page.socket), ticket: page.ticket });
const door = new Door({ url: location.href });
const tally = new Tally();
const outbox = new Outbox({ person: you.id, room: page.room });
const courier = new Courier({ timeline, outbox, connection });
const reading = new Reading({ page, timeline, connection, tally, log });
const pill = new Pill(find(".pill"));

// The line

connection.addEventListener("welcome", ({ detail: { frame } }) => {
  you = log.you = frame.you;
  nameForm?.show(you);
  block(frame.blocked ?? []);
  bar.well();
  for (const { room, name, ordinal, unread } of frame.rooms) {
    rooms?.add({ key: room, name, url: roomUrl(room, name) });
    if (room === page.room) tally.reached(room, ordinal);           // what is read here, the page knows best
    else tally.set(room, ordinal, unread);
  }
  join();
  const others = (rooms?.keys ?? []).filter((room) => room !== page.room);
  for (const room of others.slice(0, frame.limits.rooms - 1)) connection.send({ type: "join", room, here: false });
});

connection.addEventListener("lost", async ({ detail: { code, reason, final, failures } }) => {
  timeline.disconnected();
  courier.offline();
  typing.clear();
  if (final) return bar.stopped(code, reason);
  bar.away();
  if (!(await door.closed(failures)) || connection.open) return;
  connection.stop();
  bar.stopped(4401, "");
});

connection.addEventListener("frame", ({ detail: { frame } }) => {
  const here = frame.room === page.room;
  if (COUNTED.has(frame.type)) tally.reached(frame.room, frame.ordinal);      // before the log, which may read it at once
  timeline.receive(frame);
  switch (frame.type) {
    case "message": return here ? typing.stop(frame.author.id) : undefined;
    case "typing": return here && frame.person.id !== you.id && !isBlocked(frame.person.id) ? typing.add(frame.person) : undefined;
    case "here": return here ? people.show(frame) : undefined;
    case "member":
      if (frame.person.id === you.id) nameForm?.show(you = log.you = frame.person);
      return card?.changed(frame.person);
    case "blocks":
      block(frame.blocked);
      return card?.changed();
    case "read": return reading.heard(frame);
  }
});

async function join() {
  try {
    await connection.ask({ type: "join", ...timeline.join });
  } catch (error) {
    if (!(error instanceof Refusal)) return connection.open ? join() : undefined;
    if (error.frame.retry_after || error.code === "try_again") setTimeout(join, error.frame.retry_after * 1000 || JOIN_AGAIN);
    else bar.stopped(error.code, error.message);
  }
}

timeline.addEventListener("gap", () => join());
timeline.addEventListener("change", ({ detail: { kind } }) => {
  if (kind !== "synced" && kind !== "reset") return;
  bar.well();
  courier.online();
  reading.resume();
});

bar.addEventListener("again", () => (connection.open ? join() : connection.start()));
addEventListener("online", () => connection.wake());
addEventListener("offline", () => connection.interrupt());
addEventListener("pageshow", (event) => { if (event.persisted) connection.wake(); });
addEventListener("storage", ({ key, newValue }) => {
  const nonce = newValue === null && outbox.nonceOf(key);
  if (nonce) courier.gone(nonce);
});
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") connection.wake();
  count();
});

// Reading

log.addEventListener("fresh", ({ detail }) => pill.show(detail, log.scrollHeight - log.scrollTop - log.clientHeight));
log.addEventListener("retry", ({ detail }) => courier.retry(detail.nonce));
log.addEventListener("discard", ({ detail }) => courier.discard(detail.nonce));
find(".pill").addEventListener("click", () => { reading.toEnd(); find("#chat-message-input")?.focus(); });
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href]");
  const plain = !event.defaultPrevented && event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
  if (link && plain && !link.target && reading.follow(link.href)) event.preventDefault();
});
keys.add({ name: "mark-read", keys: ["Escape"], typing: true, command: true, when: () => !find(":popover-open"), run: () => reading.toEnd() });

tally.set(page.room, page.ordinal, page.unread ?? 0);
tally.addEventListener("change", ({ detail: { room, unread } }) => { rooms?.unread(room, unread); count(); });

function count() {
  document.title = document.visibilityState === "hidden" && tally.total ? `(${tally.total}) ${title}` : title;
}

// Writing

if (composer) {
  composer.open(you.id, page.room, { focus: !page.focus });
  composer.addEventListener("hubbub:post", ({ detail }) => { courier.post(detail.message); reading.toEnd(); });
  composer.addEventListener("hubbub:typing", () => connection.send({ type: "typing", room: page.room }));
}

document.addEventListener("hubbub:renamed", ({ detail }) => {
  you = log.you = detail.you;
  connection.renew(detail.ticket);
});

// A sidebar that was opened as a drawer is a column again when there is room for one.
matchMedia("(min-width: 48rem)").addEventListener("change", () => find("#sidebar")?.matches(":popover-open") && find("#sidebar").hidePopover());

log.show(timeline, { clock, you, readSeq: page.read ?? 0, unread: page.unread > 0 });
connection.start();

function socketUrl(path) {
  const url = new URL(path, location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url.href;
}

/** A private room is found by its address, which is its key; a public one by its name. */
function roomUrl(key, name) {
  if (key.startsWith("-/")) return page.address_url_template.replace("__room__", () => key.slice(2));
  return page.room_url_template.replace("__room__", () => encodeURIComponent(name));
}
