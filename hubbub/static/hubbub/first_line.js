// What a quote shows of a message: its first line, without marks. The same as render/first_line.py reads from the same
// HTML, for quotes whose original changes while somebody looks. Knows no DOM.

const LONGEST = 200;
const LOOKED_AT = 6_000;
const HIDDEN = "▒▒▒";
const SPOILER = '<span class="spoiler__text">';
const PIECE = /(<(?:"[^"]*"|[^">])*(?:>|$))|([^<]+)/g;
const BREAK = /^(?:<br>|<\/(?:p|li|pre|div|tr|blockquote)>)/;
const SIGNS = { amp: "&", lt: "<", gt: ">", quot: '"', nbsp: "\u00a0", "#x27": "'", "#39": "'" };

/** The first line of `html` with something to see, at most 200 characters; "" when there is none. */
export function firstLine(html) {
  for (const line of shown(html).split("\n")) {
    const text = line.replace(/&(amp|lt|gt|quot|nbsp|#x27|#39);/g, (_, name) => SIGNS[name]).replace(/[ \t\u00a0]+/g, " ").trim();
    if (!text) continue;
    const signs = [...text];
    return signs.length <= LONGEST ? text : `${signs.slice(0, LONGEST - 1).join("")}…`;
  }
  return "";
}

/** The text between the tags, as far as LOOKED_AT; what ends a line as its end, what is hidden as a mark. */
function shown(html) {
  let text = "", hidden = 0;
  for (const [, tag, words] of html.replace(/<\/t[hd]>\n?(?=<t[hd])/g, " · ").matchAll(PIECE)) {
    if (text.length > LOOKED_AT) break;
    if (hidden) hidden += (tag?.startsWith("<span") ? 1 : 0) - (tag?.startsWith("</span") ? 1 : 0);
    else if (tag === SPOILER) { hidden = 1; text += HIDDEN; }
    else if (!tag) text += words;
    else if (BREAK.test(tag)) text += "\n";
  }
  return text;
}
