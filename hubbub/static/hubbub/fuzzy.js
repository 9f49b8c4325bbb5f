// Knows how well a name answers to what was typed: letters in their order, the better the closer together and the nearer
// to the beginning of words. Accents, case and width do not count. Pure.

const BREAK = /[\s\p{P}\p{S}]/u;
const MARK = /\p{M}/gu;
const LETTERS = { ß: "ss", ς: "σ", ø: "o", ł: "l", đ: "d", ð: "d", ħ: "h", ŧ: "t", ı: "i", æ: "ae", œ: "oe", þ: "th" };
const LETTER = new RegExp(`[${Object.keys(LETTERS).join("")}]`, "g");

/** A name as it is compared: without case, accents and width. Latin letters that have no accent stand for plain ones, as
 *  on the server (search/words.py): ø is an o. */
export function folded(text) {
  return text.normalize("NFKD").replace(MARK, "").toLowerCase().replace(LETTER, (letter) => LETTERS[letter]);
}

/**
 * How well the folded name answers to the folded words: more is better, null is not at all. Each of the words counts,
 * in any order; the same letters at the front of a short name count most.
 */
export function score(typed, name) {
  let sum = 0;
  for (const word of typed.split(/\s+/)) {
    if (!word) continue;
    const one = scoreOf(word, name);
    if (one === null) return null;
    sum += one;
  }
  return sum - name.length / 1_000;
}

function scoreOf(word, name) {
  if (name === word) return 100;
  const place = beginnings(name, word);
  if (place === 0) return 80;
  if (place > 0) return 60;
  if (name.includes(word)) return 40;
  return scattered(word, name);
}

/** Where a word of the name begins so; -1 if none does. */
function beginnings(name, word) {
  for (let at = name.indexOf(word); at >= 0; at = name.indexOf(word, at + 1)) {
    if (at === 0 || BREAK.test(name[at - 1])) return at;
  }
  return -1;
}

/** The letters of the word one after the other, with gaps: below 30, less for each gap, more at the beginning of words. */
function scattered(word, name) {
  let at = -1, sum = 20;
  for (const letter of word) {
    const next = name.indexOf(letter, at + 1);
    if (next < 0) return null;
    if (next === 0 || BREAK.test(name[next - 1])) sum += 2;
    else if (next !== at + 1) sum -= 1;
    at = next + letter.length - 1;
  }
  return Math.min(sum, 30);
}

/** The entries ({folded}) that answer to what was typed, best first, in their own order where they are as good. */
export function best(typed, entries, most) {
  const words = folded(typed).trim();
  if (!words) return entries.slice(0, most);
  const found = [];
  entries.forEach((entry, order) => {
    const how = score(words, entry.folded);
    if (how !== null) found.push({ entry, how, order });
  });
  found.sort((a, b) => b.how - a.how || a.order - b.order);
  return found.slice(0, most).map(({ entry }) => entry);
}
