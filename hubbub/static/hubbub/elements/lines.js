// Owns how messages stand under each other: a line between two days, one head for what one author says in a row.
// The same rules as the server's (same author, same day, within five minutes, all new or none); knows only message nodes.

const GROUPED_WITHIN = 5 * 60_000;

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
  const grouped = Boolean(previous)
    && previous.dataset.author === node.dataset.author
    && !unreadAbove(node)
    && momentOf(node) - momentOf(previous) < GROUPED_WITHIN
    && momentOf(node).toDateString() === momentOf(previous).toDateString();
  node.classList.toggle("message--grouped", grouped);
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
