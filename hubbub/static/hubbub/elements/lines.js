// Owns how messages stand under each other: a line between two days, one head for what one author says in a row.
// The same rules as the server's (same author, same day, within five minutes, all new or none, no link led to it); knows only message nodes.

const GROUPED_WITHIN = 5 * 60_000;

/** Says what stands above a message, and above the one after it. */
export function arrange(node, clock, newLine) { arrangeAll([node], clock, newLine); }

/** The same for messages that follow each other. */
export function arrangeAll(nodes, clock, newLine) {
  const after = nodes.length ? nextMessage(nodes.at(-1)) : null;
  for (const node of after ? [...nodes, after] : nodes) {
    daysBetween(node, clock, newLine);
    groupAfter(node, previousMessage(node));
  }
}

export const previousMessage = (node) => beside(node, "previousElementSibling");
export const nextMessage = (node) => beside(node, "nextElementSibling");

/** Puts, keeps or removes the day line right before a message, and says all of them anew when a day begins. */
export function daysBetween(node, clock, newLine) {
  const { previous, lines } = above(node);
  const day = clock.dayKey(momentOf(node));
  const wanted = !previous || clock.dayKey(momentOf(previous)) !== day;
  const kept = wanted ? lines.shift() ?? newLine() : null;
  for (const line of lines) line.remove();
  if (!kept) return;
  if (!kept.isConnected) (unreadAbove(node) ?? node).before(kept);
  const time = kept.querySelector("time");
  time.dateTime = day;
  time.textContent = clock.day(momentOf(node));
  for (const line of node.parentElement.querySelectorAll(".day time")) {
    if (line !== time) line.textContent = clock.day(new Date(`${line.dateTime}T12:00`));
  }
}

/** Whether a message goes on where the one before it left off. */
export function groupAfter(node, previous) {
  const grouped = Boolean(previous) && !node.querySelector(":scope > .quote")
    && previous.dataset.author === node.dataset.author
    && !unreadAbove(node)
    && !node.matches(".message--marked")
    && momentOf(node) - momentOf(previous) < GROUPED_WITHIN
    && momentOf(node).toDateString() === momentOf(previous).toDateString();
  node.classList.toggle("message--grouped", grouped);
}

function beside(node, direction) {
  let other = node[direction];
  while (other && !other.matches(".message")) other = other[direction];
  return other;
}

function above(node) {
  const lines = [];
  let other = node.previousElementSibling;
  for (; other && !other.matches(".message"); other = other.previousElementSibling) {
    if (other.matches(".day")) lines.push(other);
  }
  return { previous: other, lines };
}

function unreadAbove(node) {
  const other = node.previousElementSibling;
  return other?.matches(".unread") ? other : null;
}

const momentOf = (node) => new Date(node.querySelector(".message__time").dateTime);
