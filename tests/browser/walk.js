// Walks through a log from where the reader is to one end, page by page, and minds the place: what is read must not
// move when a page comes or goes. Gives {pages, most, drift, last}: how many pages came, the most message elements alive,
// by how many pixels a message that was read moved at worst, and what the last one in that direction says.

const PATIENCE = 1_200;             // frames that a page may take

/**
 * After so many frames, in the last one right before it is painted: what is measured then is what a person sees. Whatever
 * ran on animation frames has run, for observers of sizes are called after layout; before the next frame, tasks may
 * change the page again.
 */
async function frames(count) {
  while (count-- > 0) await painting();
}

const probe = document.createElement("i");
probe.style.cssText = "position: fixed; inline-size: 1px; block-size: 1px; visibility: hidden";
document.body.append(probe);

const painting = () => new Promise((done) => requestAnimationFrame(() => {
  const observer = new ResizeObserver(() => {
    if (probe.getBoundingClientRect().width === width) { observer.disconnect(); done(); }
  });
  const width = probe.getBoundingClientRect().width === 1 ? 2 : 1;
  probe.style.inlineSize = `${width}px`;
  observer.observe(probe);
}));

export async function walk(log, direction, most = 10_000) {
  const rows = () => log.getElementsByClassName("message");
  const sign = log.querySelector(direction === "up" ? ".log__older" : ".log__newer");
  while (log.querySelector("[aria-busy]")) await frames(1);
  await frames(2);
  const outcome = { pages: 0, most: rows().length, drift: 0, last: "" };
  while (!sign.hidden && outcome.pages < most) {
    const edge = rows()[direction === "up" ? 0 : rows().length - 1];
    log.scrollTop = direction === "up" ? 300 : log.scrollHeight - log.clientHeight - 300;
    const top = log.getBoundingClientRect().top;
    const read = [...rows()].find((row) => row.getBoundingClientRect().bottom > top);
    let waited = 0;
    const before = read.getBoundingClientRect().top;
    while (!sign.hidden && rows()[direction === "up" ? 0 : rows().length - 1] === edge) {
      if (++waited > PATIENCE) throw new Error(`no page came at ${log.scrollTop} of ${log.scrollHeight}`);
      await frames(1);
      outcome.most = Math.max(outcome.most, rows().length);
      outcome.drift = Math.max(outcome.drift, Math.abs(read.getBoundingClientRect().top - before));
    }
    await frames(2);
    outcome.drift = Math.max(outcome.drift, Math.abs(read.getBoundingClientRect().top - before));
    outcome.pages++;
  }
  log.scrollTop = direction === "up" ? 0 : log.scrollHeight;
  await frames(2);
  outcome.last = rows()[direction === "up" ? 0 : rows().length - 1].querySelector(".message__body").innerText.split("\n")[0];
  return outcome;
}
