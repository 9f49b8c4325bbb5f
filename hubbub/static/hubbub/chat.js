// The entry of a room's page: reads what the server left for it, and wires the timeline, the connection and the
// elements together. Everything that it decides is who hears whom.

import { become } from "hubbub/become";
import { Clock } from "hubbub/clock";
import { Connection, Refusal } from "hubbub/connection";
import { Counts } from "hubbub/counts";
import { Courier } from "hubbub/courier";
import { Deeds } from "hubbub/deeds";
import { Door } from "hubbub/door";
import "hubbub/marks";
import { Outbox } from "hubbub/outbox";
import { Reading } from "hubbub/reading";
import { Tally } from "hubbub/tally";
import { Timeline } from "hubbub/timeline";
import { ways } from "hubbub/ways";
import { look } from "hubbub/elements/attached";
import { Sign } from "hubbub/elements/sign";
import "hubbub/elements/attention";
import "hubbub/elements/completion";
import "hubbub/elements/composer";
import "hubbub/elements/connection";
import "hubbub/elements/log";
import { know } from "hubbub/elements/mentions";
import "hubbub/elements/name";
import "hubbub/elements/notice";
import "hubbub/elements/people";
import { clearRoom, foundRoom, showRoom } from "hubbub/elements/room";
import { isSilenced, showSilence } from "hubbub/elements/word";
import "hubbub/elements/rooms";
import "hubbub/elements/tools";
import "hubbub/elements/typing";
import { block, isBlocked } from "hubbub/elements/veil";
import "hubbub/shell";

const JOIN_AGAIN = 5_000;
const ASK_ANEW = 30_000;            // at most so often: a question for each room with something unread
const ASK_MOST = 50;                // … and for those first that are followed

const page = JSON.parse(document.getElementById("hubbub-page").textContent);
const clock = new Clock(document.documentElement.lang);
const find = (selector) => document.querySelector(selector);
const [log, bar, composer, people, rooms, typing, nameForm, card] = ["log", "connection", "composer", "people", "rooms", "typing", "name", "card"]
  .map((name) => find(`hubbub-${name}`));

let you = page.you;
know(you.id, { room: (key) => roomUrl(key, key), person: personUrl });
look(you.id);
block(page.blocked);
const timeline = new Timeline({ room: page.room, cursor: page.seq, messages: log.rendered, epoch: page.epoch, more: page.more, newer: page.newer });
const connection = new Connection({ url: socketUrl(page.socket), ticket: page.ticket });
const door = new Door({ url: location.href });
const tally = new Tally({ you: you.id });
const counts = new Counts({ connection, tally, room: page.room, isBlocked });
const outbox = new Outbox({ person: you.id, room: page.room, gone: (nonce) => courier.gone(nonce) });
const fresh = !page.seq && !page.room.startsWith("-/");             // it begins with its first word, and is called as it was asked for
const courier = new Courier({ timeline, outbox, connection, room: fresh ? page.name : page.room });
const reading = new Reading({ page, timeline, connection, tally, log });
const sign = new Sign();
let askedAt = -Infinity;
const deeds = new Deeds({ page, log, timeline, connection, reading, clock, composer });

// The line

connection.addEventListener("welcome", ({ detail: { frame } }) => {
  if (become(page.you, frame.you)) return;
  you = log.you = frame.you;
  nameForm?.show(you);
  block(frame.blocked ?? []);
  bar.well();
  for (const view of frame.rooms) {
    rooms?.add({ key: view.room, name: view.name, kind: view.kind, url: roomUrl(view.room, view.name) });
    attend(view);
    if (view.room !== page.room) { tally.set(view.room, view); continue; }
    tally.stand(view.room, view);                                   // what is read here, the page knows best
    silence(view.silenced_until);
  }
  join();
  counts.begin(frame);
});

connection.addEventListener("lost", async ({ detail: { code, reason, final, failures } }) => {
  timeline.disconnected();
  courier.offline();
  typing.clear();
  if (final) return bar.stopped(code, reason);
  bar.away();
  if (!(await door.closed(failures)) || connection.open) return;
  connection.stop();
  bar.stopped(you.guest ? 4402 : 4401, "");
});

connection.addEventListener("frame", ({ detail: { frame } }) => {
  const here = frame.room === page.room;
  counts.heard(frame);                // before the log, which may read it at once
  timeline.receive(frame);
  if (here) deeds.heard(frame);
  switch (frame.type) {
    case "reset": return restart(frame);
    case "attention": return attend(frame);
    case "told": return here && !isSilenced() ? find("hubbub-notice").show(frame.html) : undefined;    // that stands below
    case "refused": return frame.code === "silenced" ? silence(Date.now() + frame.retry_after * 1000) : undefined;
    case "message":
      if (here) foundRoom(page.url);
      return here ? typing.stop(frame.author.id) : undefined;
    case "typing": return here && frame.person.id !== you.id && !isBlocked(frame.person.id) ? typing.add(frame.person) : undefined;
    case "here": return here ? people.show(frame) : undefined;
    case "member":
      if (frame.person.id === you.id) nameForm?.show(you = log.you = frame.person);
      if (here && frame.person.id === you.id) silence(frame.silenced_until);
      if (here && frame.person.id === you.id) banned = frame.standing === "banned";
      if (here && frame.silenced_until) typing.stop(frame.person.id);
      if (frame.person.id === you.id && (frame.standing ?? "in") !== "in" && !here) forget(frame.room);
      return card?.changed(frame.person);
    case "room": return frame.kind === "direct" ? undefined : rooms?.rename(frame.room, frame.name, roomUrl(frame.room, frame.name));
    case "entered": return entered(frame.view);
    case "gone": return here ? gone() : forget(frame.room);
    case "blocks":
      block(frame.blocked);
      counts.recount(reading.seen);
      return card?.changed();
    case "read": return reading.heard(frame);
  }
});

async function join() {
  try {
    await connection.ask({ type: "join", ...timeline.join });
    if (shut) location.reload();                                     // let in again, by another door
  } catch (error) {
    if (!(error instanceof Refusal)) return connection.open ? join() : undefined;
    if (error.frame.retry_after || error.code === "try_again") setTimeout(join, error.frame.retry_after * 1000 || JOIN_AGAIN);
    else if (error.code === "no_such_room") gone();
    else bar.stopped(error.code, error.message);
  }
}

function entered(view) {
  const { room, name, kind } = view;
  rooms?.add({ key: room, name, kind, url: roomUrl(room, name) });
  attend(view);
  if (room === page.room) return shut ? location.reload() : tally.stand(room, view);
  tally.set(room, view);
  counts.enter(view);
}

function forget(room) {
  rooms?.remove(room);
  counts.leave(room);
  tally.set(room, { ordinal: 0 });
}

let shut = false, banned = false;

/** Put out of this very room, or never let in again: the page forgets it. */
function gone() {
  shut = true;
  timeline.disconnected();
  clearRoom();
  forget(page.room);
  bar.stopped(banned ? "banned" : "gone", "");
}

timeline.addEventListener("change", ({ detail: { kind, room } }) => {
  if (kind !== "room") return;
  showRoom(room);
  if (room.kind === "direct") return;
  sign.rename(page.name, room.name);
  page.name = room.name;
});

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
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState !== "visible") return;
  connection.wake();
  askAnew();
});

// Reading

ways({ log, reading, connection, tally });
log.addEventListener("retry", ({ detail }) => courier.retry(detail.nonce));
log.addEventListener("discard", ({ detail }) => courier.discard(detail.nonce));
log.addEventListener("rewrite", ({ detail }) => rewrite(detail.nonce));

tally.set(page.room, page);
tally.addEventListener("change", ({ detail: { room } }) => {
  rooms?.count(room, { unread: tally.loud(room), mentions: tally.mentions(room) });
  rooms?.called(tally.calls);
  sign.show(tally.total, tally.calls);
});

/** Messages went by unseen, or others are here since a restore: no number of before is of use. */
function restart({ room, seq, ordinal }) {
  tally.restart(room, ordinal);
  if (room === page.room) reading.restart(seq);
  ask(room);
}

function ask(room) { counts.ask(room, room === page.room ? reading.seen : 0); }

/** Whoever comes back to this window may have read elsewhere: where it counts something, the server says anew how far. */
function askAnew() {
  if (Date.now() - askedAt < ASK_ANEW) return;
  askedAt = Date.now();
  for (const room of counts.rooms.filter((one) => tally.unread(one)).slice(0, ASK_MOST)) counts.ask(room);
}

// How rooms are followed

const attention = find("hubbub-attention");
attention?.addEventListener("hubbub:attend", (event) => {
  if (connection.send({ type: "attend", room: page.room, ...event.detail })) event.preventDefault();
});

function attend(view) {
  rooms?.attend(view.room, view);
  tally.attend(view.room, view);
  if (view.room === page.room) attention?.show(view);
}

// Writing

/** A moderator has taken the word from you until then, or given it back. */
function silence(until) {
  showSilence(until, clock);
  if (isSilenced()) find("hubbub-notice").close();
}

if (composer) {
  silence(find(".composer__silenced").dataset.until);
  composer.open(you.id, page.room, { focus: !page.focus });
  composer.addEventListener("hubbub:post", ({ detail }) => { find("hubbub-notice").close(); courier.post(detail.message, deeds.reply.take()); reading.toEnd(); });
  composer.addEventListener("hubbub:typing", () => connection.send({ type: "typing", room: page.room }));
}

/** What is not stored yet goes back to where it was written. */
function rewrite(nonce) {
  const post = timeline.pending.find((pending) => pending.nonce === nonce && pending.state !== "sending");
  if (!post || !composer) return;
  courier.discard(nonce);
  if (post.reply) deeds.reply.to(post.reply);
  composer.take(post.message);
}

document.addEventListener("hubbub:renamed", ({ detail }) => {
  you = log.you = detail.you;
  connection.renew(detail.ticket);
});

// A sidebar that was opened as a drawer is a column again when there is room for one.
matchMedia("(min-width: 48rem)").addEventListener("change", () => find("#sidebar")?.matches(":popover-open") && find("#sidebar").hidePopover());

log.show(timeline, { clock, you, readSeq: page.read ?? 0, unread: page.unread ?? 0 });
connection.start();

function socketUrl(path) {
  const url = new URL(path, location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url.href;
}

/** A private room is found by its address, which is its key; a public one by its name. */
function personUrl(id) { return page.person_url_template.replace("__person__", id); }

function roomUrl(key, name) {
  if (key.startsWith("-/")) return page.address_url_template.replace("__room__", () => key.slice(2));
  return page.room_url_template.replace("__room__", () => encodeURIComponent(name));
}
