// Owns the markup of one message in the browser: reads what the server rendered, fills clones of the same template.
// Knows no socket and no timeline; what a message says arrives as safe HTML from the server.

import { answer, attach, readAttached } from "hubbub/elements/attached";
import { portray } from "hubbub/elements/avatar";
import { personUrl } from "hubbub/elements/card";
import { equip } from "hubbub/elements/code";
import { keepKeyboard } from "hubbub/elements/keyboard";
import { address } from "hubbub/elements/mentions";
import { veil } from "hubbub/elements/veil";

/** The message that a server-rendered node shows. */
export function read(node) {
  const { id, seq, changed, ordinal, author, nonce } = node.dataset;
  const body = node.querySelector(".message__body");
  return {
    id: Number(id), seq: Number(seq), changed: Number(changed), ordinal: Number(ordinal), nonce: nonce || null,
    author: { id: author, name: node.querySelector(".message__author").textContent, guest: Boolean(node.querySelector(".message__guest:not([hidden])")) },
    at: node.querySelector(".message__time").dateTime,
    message: null, html: body.innerHTML, ...readAttached(node),
  };
}

/** A stored message: into a fresh clone, or over the pending one that it replaces. */
export function fill(node, entry, clock) {
  keepKeyboard(node, () => put(node, entry, clock));
  return node;
}

function put(node, entry, clock) {
  const { id, seq, changed, ordinal, author, at, html, nonce } = entry;
  node.id = `m${id}`;
  Object.assign(node.dataset, { id, seq, changed, ordinal });
  if (nonce) node.dataset.nonce = nonce;
  delete node.dataset.state;
  node.querySelector(".message__state")?.remove();
  node.querySelector(".message__body").innerHTML = html;
  equip(node);
  address(node);
  attach(node, entry, clock);
  sign(node, author);
  veil(node);
  stamp(node, at, clock);
}

/** A post that is not stored yet, in plain text. */
export function fillPending(node, { nonce, message, reply, state, reason }, author) {
  Object.assign(node.dataset, { nonce, state });
  answer(node, reply);
  node.querySelector(".message__body").textContent = message;
  sign(node, author);
  const status = node.querySelector(".message__state");
  status.querySelector(".message__reason").textContent = reason ?? status.dataset[state] ?? "";
  status.querySelector("[data-action=retry]").hidden = state !== "failed";
  for (const action of ["rewrite", "discard"]) status.querySelector(`[data-action=${action}]`).hidden = state === "sending";
  return node;
}

/** Where it has its address. Tab passes by: a page has many messages. */
export function link(node, url) {
  const link = node.querySelector(".message__link");
  if (url) link.href = url;
  link.tabIndex = -1;
}

/** Who said it. */
export function sign(node, author) {
  node.dataset.author = author.id;
  const name = node.querySelector(".message__author");
  name.textContent = author.name;
  name.href = personUrl(author.id);
  name.tabIndex = -1;                                                // Tab passes by: a key shows who said a message
  node.querySelector(".message__guest")?.toggleAttribute("hidden", !author.guest);  // the server leaves it out of an account's
  portray(node.querySelector(".message__avatar"), author);
}

/** When it was said, in the reader's time zone. */
export function stamp(node, at, clock) {
  const time = node.querySelector(".message__time");
  const date = new Date(at);
  time.dateTime = at;
  time.textContent = clock.time(date);
  time.title = clock.full(date);
}
