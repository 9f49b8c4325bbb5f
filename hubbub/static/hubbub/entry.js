// What an entry of the log is, and what in it comes from elsewhere: names, and the quote of what it answers.
// Pure functions; the timeline says when.

import { firstLine } from "hubbub/first_line";

const PLAIN = { nonce: null, reply_to: null, edited_at: null, deleted: false, pinned: false, reactions: [], mentions: [] };

/** The entry of a message's document: every field is there, also those that a plain message leaves out. */
export function entryOf({ type, room, ref, ...message }) { return { ...PLAIN, ...message }; }

/** The quote that a document makes where it is answered. */
export function quoteOf({ id, seq, changed, author, html, deleted = false }) {
  return { id, seq, changed, author, message: firstLine(html), deleted };
}

/** Puts a newer quote of the same message into the entry. Whether it was newer. */
export function requote(entry, quote) {
  if (!quote || entry.reply_to?.id !== quote.id || entry.reply_to.changed >= quote.changed) return false;
  entry.reply_to = quote;
  return true;
}

/** Puts a newer name into the entry, its quote and its reactions. Whether one of the last two has it. */
export function rename(entry, { changed, person }) {
  if (entry.changed > changed) return false;
  if (entry.author.id === person.id) entry.author = person;
  let hangs = false;
  if (entry.reply_to?.author.id === person.id) {
    entry.reply_to = { ...entry.reply_to, author: person };
    hangs = true;
  }
  for (const [place, { people }] of entry.reactions.entries()) {
    if (!people.some(({ id }) => id === person.id)) continue;
    entry.reactions = entry.reactions.map((one, index) => (index === place ? renamed(one, person) : one));
    hangs = true;
  }
  return hangs;
}

const renamed = (reaction, person) => ({ ...reaction, people: reaction.people.map((one) => (one.id === person.id ? person : one)) });
