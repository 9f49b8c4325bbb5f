// Owns the button that copies a code block: put at each block when a message is shown, since without scripts it could do
// nothing. Knows only the markup of a message's text.

const SAID_FOR = 2_000;

/** Gives each code block inside `node` its button. */
export function equip(node) {
  const mould = document.getElementById("hubbub-copy")?.content.firstElementChild;
  if (!mould) return;
  for (const block of node.querySelectorAll(".code:not(:has(> .code__copy))")) {
    const button = mould.cloneNode(true);
    button.addEventListener("click", () => copy(block.querySelector("pre"), button));
    block.append(button);
  }
}

async function copy(block, button) {
  const word = button.dataset.word ??= button.textContent;
  if (!(await put(block.textContent))) return getSelection().selectAllChildren(block);   // for the person's own Ctrl+C
  button.dataset.done = "";
  button.textContent = button.dataset.copied;
  setTimeout(() => { delete button.dataset.done; button.textContent = word; }, SAID_FOR);
}

/** Puts a text, or one that is on its way, on the clipboard; false where that may not be done, or none comes. */
export async function put(text) {
  try {
    if (!(text instanceof Promise)) await navigator.clipboard.writeText(text);
    else await navigator.clipboard.write([new ClipboardItem({ "text/plain": text.then(blob) })]);   // while the click counts
    return true;
  } catch {
    return byHand(await text);
  }
}

/** The old way, for pages that came without encryption. */
function byHand(text) {
  if (typeof text !== "string") return false;
  const copy = (event) => { event.preventDefault(); event.clipboardData.setData("text/plain", text); };
  document.addEventListener("copy", copy, { once: true });
  const done = document.execCommand("copy");
  document.removeEventListener("copy", copy);
  return done;
}

function blob(text) {
  if (text === null) throw new Error("nothing to copy");
  return new Blob([text], { type: "text/plain" });
}
