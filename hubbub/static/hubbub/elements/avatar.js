// Owns a person's picture: the beginning of the name, on a ground that the id decides (css/avatar.css). The same rule as
// the server's, initial.py.

const MOST = 12;                    // code points
const JOINER = "\u200d";
const MARK = /\p{M}|[\u{1F3FB}-\u{1F3FF}\u{E0020}-\u{E007F}]/u;
const REGION = /[\u{1F1E6}-\u{1F1FF}]/u;

export function portray(avatar, { id, name }) {
  avatar.dataset.author = id;
  avatar.textContent = initial(name);
}

/** The first sign of a name as one sees it: with its accents, a flag or a joined emoji whole, as a capital. */
export function initial(name) {
  const signs = [...name.trimStart()];
  let end = Math.min(1, signs.length);
  if (signs.length > 1 && REGION.test(signs[0]) && REGION.test(signs[1])) end = 2;
  while (end < signs.length && end < MOST) {
    if (MARK.test(signs[end])) end += 1;
    else if (signs[end] === JOINER && end + 1 < signs.length) end += 2;
    else break;
  }
  return signs.slice(0, end).join("").toUpperCase();
}
