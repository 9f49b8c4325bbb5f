// Owns what a key or a paste puts around the words that are selected where one writes: the marks of **loud** and _soft_,
// and the address of a link. The same key takes the marks away. Knows only the fields of the composer and the editor.

import { inCode, write } from "hubbub/field";
import { keys } from "hubbub/keys";

const FIELDS = ".composer__input, .editor__field";
const ADDRESS = /^https?:\/\/\S+$/i;
const NO_WORDS = /[[\]\n]|^https?:/i;

const field = () => (document.activeElement?.matches(FIELDS) ? document.activeElement : null);

keys.add({ name: "mark-loud", keys: ["Mod+B"], when: field, run: () => wrap(field(), "**") });
keys.add({ name: "mark-soft", keys: ["Mod+I"], when: field, run: () => wrap(field(), "_") });
document.addEventListener("paste", (event) => { if (link(event.target, event.clipboardData.getData("text/plain").trim())) event.preventDefault(); });

function wrap(field, mark) {
  const { from, to, words } = selected(field);
  const marked = field.value.slice(0, from).endsWith(mark) && field.value.slice(to).startsWith(mark);
  const begin = marked ? from - mark.length : from;
  write(field, marked ? words : `${mark}${words}${mark}`, begin, marked ? to + mark.length : to);
  const at = begin + (marked ? 0 : mark.length);
  field.setSelectionRange(at, at + words.length);
}

/** Words over which an address is pasted lead there. Whether that was so. */
function link(field, address) {
  if (!field.matches?.(FIELDS) || !ADDRESS.test(address) || inCode(field)) return false;
  const { from, to, words } = selected(field);
  if (!words || NO_WORDS.test(words)) return false;
  write(field, `[${words}](${/[()<>]/.test(address) ? `<${address}>` : address})`, from, to);
  return true;
}

/** What is selected, without the white space at its ends: marks must stand at words. */
function selected({ value, selectionStart, selectionEnd }) {
  const all = value.slice(selectionStart, selectionEnd), words = all.trim();
  const from = selectionStart + (words ? all.indexOf(words) : 0);
  return { from, to: words ? from + words.length : selectionEnd, words };
}
