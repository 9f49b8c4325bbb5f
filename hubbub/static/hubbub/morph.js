// Makes what stands in a page the same as what the server renders now, touching only what is another: the keyboard, what
// is open and what somebody types stay. Knows no socket and no particular page.
//
// Things of a list are known by data-key, or by the room that they lead to. Custom elements keep what is inside them.

const STATE = new Set(["open", "hidden", "aria-invalid"]);           // of elements that people or scripts change themselves

/** `old` becomes what `fresh`, of another document, is. `isKept(field)`: what somebody does with that one goes first. */
export function morph(old, fresh, isKept) {
  if (old.nodeType !== fresh.nodeType || old.nodeName !== fresh.nodeName) return void old.replaceWith(document.importNode(fresh, true));
  if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.data !== fresh.data) old.data = fresh.data;
    return;
  }
  if (old.isEqualNode(fresh) || isKept(old)) return;
  attributes(old, fresh);
  if (!old.localName.includes("-")) children(old, fresh, isKept);
}

function attributes(old, fresh) {
  for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name) && !STATE.has(name)) old.removeAttribute(name);
  for (const { name, value } of fresh.attributes) if (old.getAttribute(name) !== value && !STATE.has(name)) old.setAttribute(name, value);
  if (old.matches("input:not([type=hidden], [type=checkbox], [type=radio])")) old.value = fresh.getAttribute("value") ?? "";
}

function children(old, fresh, isKept) {
  const known = new Map([...old.children].map((node) => [keyOf(node), node]));
  let at = old.firstChild;
  for (const next of [...fresh.childNodes]) {
    const key = keyOf(next);
    const node = key ? known.get(key) : at && !keyOf(at) ? at : null;
    if (!node) { old.insertBefore(document.importNode(next, true), at); continue; }
    if (node === at) at = at.nextSibling;
    else move(node, () => old.insertBefore(node, at));
    morph(node, next, isKept);
  }
  while (at) { const { nextSibling } = at; at.remove(); at = nextSibling; }
  if (old.matches("select")) old.value = fresh.value;
}

/** What is moved loses the keyboard, which the browser takes for going. */
function move(node, insert) {
  const focused = document.activeElement;
  insert();
  if (node.contains(focused)) focused.focus({ preventScroll: true });
}

const keyOf = (node) => node.dataset?.key ?? node.querySelector?.(":scope > [data-room]")?.dataset.room ?? "";
