// What a composer offers for what is typed before the caret: an emoji for :name, a person for @name, a room for #name, a
// command for /name. Each source knows what it looks like and finds its offers; no DOM, no socket.
//
// An offer is {insert, shown, note, picture?, person?, guest?, here?}.

const WORD_START = String.raw`(?<![\p{L}\p{N}\/@#&=?.\\-])`;
const MOST = 8;
const PAUSE = 80;                   // ms without another key before the server is asked

const named = (mark) => new RegExp(`${WORD_START}${mark}((?:[^\\s@#][^\\n@#]{0,39})?)$`, "u");

/** The sources for a room, asking at `url`; what begins further on in the text goes first. */
export function sourcesOf({ url, room }) {
  const ask = asker((kind, begun) => `${url}?${new URLSearchParams({ room, kind, q: begun })}`, ({ offers }) => offers);
  return [
    { kind: "command", pattern: /^\/([a-z0-9_-]{0,32})$/i, find: ([, begun]) => ask("command", begun) },
    { kind: "person", pattern: named("@"), find: ([, begun]) => ask("person", begun) },
    { kind: "room", pattern: named("#"), find: ([, begun]) => ask("room", begun) },
    { kind: "emoji", pattern: /(?<![\w:]):([a-z0-9_+-]{2,32})$/i, find: async ([, begun]) => emoji((await import("hubbub/shortcodes")).shortcodes, begun.toLowerCase()) },
  ];
}

/** The source and the match for a text that ends at the caret; null when nothing is asked for. */
export function sourceFor(sources, text) {
  let best = null;
  for (const source of sources) {
    const match = source.pattern.exec(text);
    if (match && (!best || match.index > best.match.index)) best = { source, match };
  }
  return best;
}

/** Asks the server once for each beginning, and not at all for what goes on where nothing was found: at the address that
 * `where` gives for a kind and a beginning, for what `inside` finds in the answer. */
export function asker(where, inside) {
  const known = new Map();
  let latest = 0;
  return async (kind, begun) => {
    const key = `${kind}:${begun}`;
    if (known.has(key)) return known.get(key);
    if ([...known].some(([other, found]) => !found.length && other.length > kind.length + 1 && key.startsWith(other))) return [];
    const turn = ++latest;
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
    if (turn !== latest) return [];
    const found = await fetched(where(kind, begun), inside);
    if (found) known.set(key, found);
    setTimeout(() => known.delete(key), 20_000);                     // people come and go
    return found ?? [];
  };
}

async function fetched(address, inside) {
  try {
    const response = await fetch(address, { headers: { Accept: "application/json" } });
    return response.ok ? inside(await response.json()) : null;
  } catch {
    return null;                                                     // without a line: nothing is offered
  }
}

/** The names that begin so, then those with a word that does; short ones first. */
function emoji(names, begun) {
  const rank = (name) => (name === begun ? 0 : name.startsWith(begun) ? 1 : name.includes(`_${begun}`) ? 2 : 3);
  const found = names.map(([name, sign]) => [name, sign, rank(name)]).filter(([, , place]) => place < 3);
  found.sort((a, b) => a[2] - b[2] || a[0].length - b[0].length || (a[0] < b[0] ? -1 : 1));
  const shown = new Map();                                           // each emoji once, by its best name
  for (const [name, sign] of found) if (shown.size < MOST && !shown.has(sign)) shown.set(sign, name);
  return [...shown].map(([sign, name]) => ({ insert: sign, shown: `:${name}:`, note: "", picture: sign }));
}
