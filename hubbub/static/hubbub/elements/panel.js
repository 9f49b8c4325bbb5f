// What all panels have in common: one that opens at something stands under or over it, never beyond the window; and Tab goes
// round in the one that has the keyboard, since what lies behind it can't be seen. Escape leads out. Knows no panel's content.

const STOPS = "a[href], button, input, select, textarea, summary, [tabindex]";
const GAP = 8;                      // px between a panel and what it is about
const SHEET = matchMedia("(max-width: 30rem) and (pointer: coarse)");

/** Puts a popover under a rectangle of the page, or over it where there is no room; in the middle without one. They begin
 * together if that is asked for or the rectangle is the wider one, else they end together. */
export function place(popover, at = null, { begin = false } = {}) {
  popover.style.removeProperty("top");
  popover.style.removeProperty("left");
  if (SHEET.matches && popover.matches(".panel--sheet")) return;     // panel.css puts it at the bottom of the window
  const own = popover.getBoundingClientRect();
  const within = (value, most) => Math.max(GAP, Math.min(value, most - GAP));
  popover.style.top = `${within(at ? heightAt(at, own) : (innerHeight - own.height) / 3, innerHeight - own.height)}px`;
  popover.style.left = `${within(at ? sideAt(at, own, begin || at.width > own.width, popover) : (innerWidth - own.width) / 2, innerWidth - own.width)}px`;
}

function heightAt({ top, bottom }, own) {
  const below = bottom + GAP + own.height <= innerHeight || top < innerHeight / 3;
  return below ? bottom + GAP / 2 : top - GAP / 2 - own.height;
}

function sideAt({ left, right }, own, begin, popover) {
  const rtl = getComputedStyle(popover).direction === "rtl";
  return rtl === begin ? right - own.width : left;
}

document.addEventListener("keydown", (event) => {
  if (event.key !== "Tab" || event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey) return;
  const at = document.activeElement, panel = at?.closest(":popover-open");
  const stops = panel ? [...panel.querySelectorAll(STOPS)].filter(isStop) : [];
  const [last, next] = event.shiftKey ? [stops[0], stops.at(-1)] : [stops.at(-1), stops[0]];
  if (!next || last.type === "date" || !(at === last || (event.shiftKey && at === panel))) return;    // a date has stops of its own
  event.preventDefault();
  next.focus();
});

// A tap beside a sheet closes it, and presses nothing of what lies in its shade: the browser lets that through.
let shaded = false;
document.addEventListener("pointerdown", ({ target }) => {
  const sheet = SHEET.matches && document.querySelector(".panel--sheet:popover-open");
  shaded = Boolean(sheet) && !target.closest(":popover-open");
}, { capture: true });
document.addEventListener("click", (event) => {
  if (!shaded || !event.detail) return;                              // by a key
  shaded = false;
  event.preventDefault();
  event.stopImmediatePropagation();
}, { capture: true });

/** Whether Tab stops there. Of radio buttons only at the chosen one. */
function isStop(node) {
  if (node.tabIndex < 0 || node.disabled || !node.checkVisibility()) return false;
  return node.type !== "radio" || node.checked || !node.getRootNode().querySelector(`[type=radio][name="${node.name}"]:checked`);
}
