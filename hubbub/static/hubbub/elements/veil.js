// Messages of people whom the reader blocks, covered: a line says so and opens. The server does the same for what it
// renders (views/veiled.py). Knows no socket; chat.js says whom.

let blocked = new Set();

export const isBlocked = (id) => blocked.has(id);

/** Whom the reader blocks from now on: what stands in the page is covered or shown at once. */
export function block(ids) {
  const before = blocked;
  blocked = new Set(ids);
  if (!before.size && !blocked.size) return;
  for (const node of document.querySelectorAll(".message[data-author]")) veil(node);
}

/** Covers a message and what it quotes, or shows them, as their authors are blocked or not. What was opened stays open. */
export function veil(node) {
  for (const quote of node.querySelectorAll(":scope > .quote")) quote.classList.toggle("quote--veiled", blocked.has(quote.dataset.author));
  const hidden = blocked.has(node.dataset.author);
  const cover = node.querySelector(":scope > .veil");
  if (hidden === node.classList.contains("message--veiled") && hidden === Boolean(cover)) return;
  node.classList.toggle("message--veiled", hidden);
  if (!hidden) cover?.remove();
  else if (!cover) node.prepend(document.getElementById("hubbub-veil").content.firstElementChild.cloneNode(true));
}
