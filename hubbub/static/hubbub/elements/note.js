// Owns the line that says, for a moment, what came of a key. Its words are data of the element with the id hubbub-note.

const LASTS = 3_000;
let timer;

/** Says the words that stand under this name. */
export function say(name) { tell(document.getElementById("hubbub-note")?.dataset[name] ?? ""); }

/** Says these words. */
export function tell(words) {
  const note = document.getElementById("hubbub-note");
  if (!note) return;
  clearTimeout(timer);
  note.textContent = words;
  timer = setTimeout(() => { note.textContent = ""; }, LASTS);
}
