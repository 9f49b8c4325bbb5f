// What a search field offers for what is typed before the caret: the signs themselves, people after from:, rooms after
// in:, days after before:, after: and on:. Each source knows what it looks like and finds its offers; no DOM, no socket.
//
// An offer is as in completions.js, and besides {open}: more is to follow it, so no space is put after it. Of a source
// that is `shy`, none is chosen before the keyboard goes there: what was typed may be a word as well.

import { asker } from "hubbub/completions";
import { folded } from "hubbub/fuzzy";

const MOST = 8;
const VALUE = String.raw`(?:"([^"]{0,60})|([^\s"]{0,60}))$`;
const START = String.raw`(?<=(?:^|\s)[-−]?)`;
const after = (...names) => new RegExp(`${START}(${names.join("|")}):${VALUE}`, "iu");
const begun = ([, , quoted, bare]) => quoted ?? bare ?? "";

/** The sources for a search, asking for rooms and people at `url`; `words` are what they are called, in the reader's language. */
export function signsOf({ url, words }) {
  const ask = asker((kind, typed) => `${url}?${new URLSearchParams({ q: typed })}`, listed);
  const known = async (kind, typed) => (await ask("known", typed.trim())).filter((one) => one.is === kind);
  return [
    { kind: "person", pattern: after("from"), find: async (match) => people(begun(match), await known("person", begun(match)), match[1], words) },
    { kind: "room", pattern: after("in"), find: async (match) => rooms(await known("room", begun(match)), match[1]) },
    { kind: "day", pattern: after("before", "after", "on"), find: async (match) => days(begun(match), match[1], words) },
    { kind: "sign", pattern: after("has", "is"), find: async (match) => flags(begun(match), match[1], words) },
    { kind: "sign", shy: true, pattern: new RegExp(`${START}([a-z]{2,6})$`, "iu"), find: async ([, typed]) => signs(typed.toLowerCase(), words) },
  ];
}

/** The server's answer to the switcher, as one list. */
const listed = ({ rooms, people }) => [...rooms.map((one) => ({ ...one, is: "room" })), ...people.map((one) => ({ ...one, is: "person" }))];

function signs(typed, words) {
  const all = [...["from", "in", "before", "after", "on"].map((name) => offer(`${name}:`, `${name}:`, words[name], { open: true })), ...flagged(words)];
  return all.filter(({ insert }) => insert.startsWith(typed));
}

const flagged = (words) => [offer("has:link", "has:link", words.link), offer("is:pinned", "is:pinned", words.pinned)];

function flags(typed, name, words) {
  const sign = `${name}:${typed}`.toLowerCase();
  return flagged(words).filter(({ insert }) => insert.startsWith(sign));
}

function people(typed, found, sign, words) {
  const named = found.map(({ id, name, guest }) => offer(`${sign}:${quoted(name)}`, name, "", { person: id, guest }));
  const me = "me".startsWith(typed.toLowerCase()) ? [offer(`${sign}:me`, "me", words.me)] : [];
  return [...named.filter(({ shown }) => begins(shown, typed)), ...me, ...named.filter(({ shown }) => !begins(shown, typed))].slice(0, MOST);
}

function rooms(found, sign) {
  return found.slice(0, MOST).map(({ name, kind }) => offer(`${sign}:${quoted(name)}`, name, "", { picture: kind === "public" ? "#" : "" }));
}

function days(typed, sign, words) {
  const today = new Date();
  const month = `${today.getFullYear()}-${String(today.getMonth() + 1).padStart(2, "0")}`;
  const ways = [["today", words.today], ["yesterday", words.yesterday], [month, words.month], [month.slice(0, 4), words.year]];
  return ways.filter(([day]) => day.startsWith(typed.toLowerCase()) && day !== typed)
    .map(([day, note]) => offer(`${sign}:${day}`, day, note));
}

const offer = (insert, shown, note = "", more = {}) => ({ insert, shown, note, ...more });
const begins = (name, typed) => folded(name).startsWith(folded(typed));

/** A name as it must be typed: in quotes where it would end early, or mean another thing. */
function quoted(name) {
  const bare = name.replaceAll(/["“”„]/g, " ").trim();
  return /\s/.test(bare) || bare.toLowerCase() === "me" ? `"${bare}"` : bare;
}
