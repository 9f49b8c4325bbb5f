// What a field of text does wherever one writes: it grows with its text, takes words in such a way that Ctrl-Z takes them
// back, and knows when Enter belongs to the text. Knows no element of ours.

const FENCE = /^ {0,3}(`{3,}|~{3,})(.*)$/;

/** Whether this key belongs to a composition (Chinese, Japanese …): it chooses a word and does nothing else. */
export const composes = (event) => event.isComposing || event.keyCode === 229;

/** Puts `text` where `from` to `to` stood, as if it had been typed: heard as input, and undone with the person's own key. */
export function write(field, text, from, to) {
  field.focus({ preventScroll: true });
  field.setSelectionRange(from, to);
  if (from === to && !text) return;
  if (document.execCommand(text ? "insertText" : "delete", false, text)) return;
  field.setRangeText(text, from, to, "end");                         // where a page may not type
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

/** Whether the caret stands in a block of code that nothing ends: then Enter goes on with it. */
export function inCode({ value, selectionStart }) {
  return value.includes("```") || value.includes("~~~") ? isOpen(value) && isOpen(value.slice(0, selectionStart)) : false;
}

/** Lets the field be as high as its text. */
export function fit(field) {
  if (CSS.supports("field-sizing", "content")) return;
  field.style.blockSize = "auto";
  field.style.blockSize = `${field.scrollHeight}px`;
}

/** Whether `text` ends within a block of code, by CommonMark's rule for fences. */
function isOpen(text) {
  let open = null;
  for (const line of text.split("\n")) {
    const [, fence, rest] = FENCE.exec(line) ?? [];
    if (!fence) continue;
    if (!open) open = fence[0] === "`" && rest.includes("`") ? null : fence;
    else if (fence[0] === open[0] && fence.length >= open.length && !rest.trim()) open = null;
  }
  return open !== null;
}
