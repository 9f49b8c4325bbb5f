// Owns what hangs on a message: the quote of what it answers, that it was edited, deleted or pinned, the emoji under it.
// Reads what the server rendered, and puts it at a message that changes. Knows no socket and no timeline.

import { keepKeyboard } from "hubbub/elements/keyboard";

const NAMED = 20;                   // as many as the server's pages name, who asks is told more

let you = "";

/** Who looks at the page (an id): whose emoji are pressed. */
export function look(person) {
  you = person;
}

/** What hangs on a server-rendered message. */
export function readAttached(node) {
  const quote = node.querySelector(":scope > .quote");
  return {
    reply_to: quote && readQuote(quote),
    edited_at: node.querySelector(".message__edited time")?.dateTime ?? null,
    deleted: node.classList.contains("message--deleted"),
    pinned: node.classList.contains("message--pinned"),
    reactions: JSON.parse(node.querySelector(".reactions")?.dataset.all ?? "[]"),
  };
}

/** Shows what hangs on a message now. */
export function attach(node, entry, clock) {
  node.classList.toggle("message--deleted", entry.deleted);
  node.classList.toggle("message--pinned", entry.pinned);
  for (const old of node.querySelectorAll(":scope > :is(.quote, .message__notes)")) old.remove();
  const body = node.querySelector(".message__body");
  if (entry.reply_to) body.before(quote(node, entry.reply_to));
  if (entry.deleted) body.replaceChildren(clone("hubbub-gone"));
  const notes = [entry.edited_at && edited(node, entry), entry.pinned && clone("hubbub-pinned")].filter(Boolean);
  if (notes.length) body.after(box(notes));
  react(node, entry.reactions);
  if (entry.edited_at) stampEdited(node, clock);
}

/** The quote of what a post answers that is not stored yet. */
export function answer(node, reply) {
  if (reply && !node.querySelector(":scope > .quote")) node.querySelector(".message__body").before(quote(node, reply));
}

/** A server-rendered message as this reader sees it: their own emoji pressed, times in their zone. */
export function dress(node, clock) {
  node.querySelector(".message__more")?.remove();
  for (const link of node.querySelectorAll(":scope > .message__notes a")) link.tabIndex = -1;
  if (node.querySelector(".message__edited")) stampEdited(node, clock);
  const { reactions } = readAttached(node);
  if (reactions.length) react(node, reactions);
}

/** Which of the emoji under a message are the reader's, and who chose them, where the message names only the first. */
export function tellReactions(node, { mine, reactions }) {
  for (const button of node.querySelectorAll(":scope > .reactions > [data-more]")) {
    button.setAttribute("aria-pressed", String(mine.includes(button.value)));
    delete button.dataset.doubted;
    const told = reactions?.find(({ emoji }) => emoji === button.value);
    if (told) name(button, told, told.people.length);
  }
}

/** Whether it can't be seen from what is shown whether the reader has reacted to this message. */
export const isUnsure = (node) => Boolean(node.querySelector(":scope > .reactions > [data-more]:is(:not([aria-pressed]), [data-doubted])"));

/** Whose the emoji are that name only the first people may be another now: something may have been missed. */
export function doubt(log) {
  for (const button of log.querySelectorAll(".reactions > [data-more]")) button.dataset.doubted = "";
}

/** The page of what can be done with a message. */
export function deedsUrl(id) {
  return document.querySelector("[data-deeds]").dataset.deeds.replace(/0\/$/, `${id}/`);
}

function quote(node, { id, seq, changed, author, message, deleted = false }) {
  const link = clone("hubbub-quote");
  const line = link.querySelector(".quote__line");
  link.href = `${node.closest("[data-url]")?.dataset.url ?? document.getElementById("chat-log").dataset.url}${seq}/`;
  Object.assign(link.dataset, { id, seq, changed, author: author.id });
  link.toggleAttribute("data-guest", author.guest);
  link.classList.toggle("quote--gone", deleted);
  link.querySelector(".quote__author").textContent = author.name;
  line.textContent = deleted ? line.dataset.gone : message || line.dataset.blank;
  return link;
}

function readQuote(link) {
  const { id, seq, changed, author, guest } = link.dataset;
  const deleted = link.classList.contains("quote--gone");
  return {
    id: Number(id), seq: Number(seq), changed: Number(changed), deleted,
    author: { id: author, name: link.querySelector(".quote__author").textContent, guest: guest !== undefined },
    message: deleted ? "" : link.querySelector(".quote__line").textContent,
  };
}

function edited(node, { id, edited_at }) {
  const link = clone("hubbub-edited");
  link.href = deedsUrl(id);
  link.tabIndex = -1;
  link.querySelector("time").dateTime = edited_at;
  return link;
}

function stampEdited(node, clock) {
  const time = node.querySelector(".message__edited time");
  const date = new Date(time.dateTime);
  time.textContent = clock.time(date);
  time.title = clock.full(date);
}

function box(notes) {
  const made = document.createElement("div");
  made.className = "message__notes";
  made.append(...notes);
  return made;
}

/** The emoji under a message: buttons that are there stay, so that the keyboard keeps its place. */
function react(node, reactions) {
  let row = node.querySelector(":scope > .reactions");
  if (!reactions.length) return row?.remove();
  if (!row) node.append(row = clone("hubbub-reactions"));
  delete row.dataset.all;
  const held = new Map([...row.children].map((button) => [button.value, button]));
  const add = row.querySelector(".reaction--add") ?? clone("hubbub-react");
  const buttons = reactions.map((reaction) => show(held.get(reaction.emoji) ?? clone("hubbub-reaction"), reaction));
  keepKeyboard(row, () => row.replaceChildren(...buttons, add), { list: true });
}

function show(button, { emoji, count, people }) {
  button.type = "button";
  button.value = emoji;
  button.querySelector(".reaction__emoji").textContent = emoji;
  button.querySelector(".reaction__count").textContent = count.toLocaleString(document.documentElement.lang || undefined);
  name(button, { count, people }, NAMED);
  const mine = people.some(({ id }) => id === you), more = count > people.length;
  button.toggleAttribute("data-more", more);
  delete button.dataset.told;
  if (mine || !more) button.setAttribute("aria-pressed", String(mine));        // else it stays as it is known
  return button;
}

function name(button, { count, people }, most) {
  const who = button.querySelector(".reaction__who");
  const named = people.slice(0, most), others = count - named.length;
  who.textContent = named.map(({ name }) => name).join(", ") + (others ? ` ${who.dataset.others.replace("{n}", others)}` : "");
}

const clone = (id) => document.getElementById(id).content.firstElementChild.cloneNode(true);
