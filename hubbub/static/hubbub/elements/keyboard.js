// Owns that the keyboard stays where it is while what it stands on is made anew: a list that is told again, a message that is
// another now. Knows no element of ours.

const STOPS = "a[href], button, input, select, textarea, summary, [tabindex]";

/** Makes a change to what is in `place`. What had the keyboard there has it afterwards, or what stands for the same. If that is
 *  gone, `otherwise` gets it; in a list what came to stand where it stood, as long as there is any. */
export function keepKeyboard(place, change, { list = false, otherwise = place } = {}) {
  const at = document.activeElement;
  if (at === place || !place.contains(at)) return change();
  const before = stops(place).indexOf(at), isSame = sameAs(at);
  change();
  if (place.contains(document.activeElement)) return;
  const now = stops(place), neighbour = list ? now[Math.min(before, now.length - 1)] : null;
  const next = place.contains(at) ? at : now.find(isSame) ?? neighbour ?? otherwise;
  if (next === place) place.tabIndex = -1;
  next.focus({ preventScroll: true });
}

const stops = (place) => [...place.querySelectorAll(STOPS)].filter((node) => node.checkVisibility());

/** Whether another is for the same: leads to the same place, or has the same value or message. */
function sameAs({ localName, className, href, value, dataset: { id } }) {
  const about = href ?? id ?? value;
  const isKind = (node) => node.localName === localName && node.className === className;
  return (node) => Boolean(about) && isKind(node) && about === (node.href ?? node.dataset.id ?? node.value);
}
