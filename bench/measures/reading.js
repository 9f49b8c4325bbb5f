// What reading.py measures, measured in the page: from a key press to the frame that shows its message, and the frames
// of a log that scrolls. A time is taken in the task after the frame was painted.

const log = document.getElementById("chat-log");
const messages = log.getElementsByClassName("message");

const painted = () => new Promise((done) => requestAnimationFrame(() => {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => done(performance.now());
  port2.postMessage(null);
}));

/** From the moment at which the key went down, as the browser has it. */
class Pace {
  #shown; #stored;

  begin() {
    const pressed = new Promise((done) => addEventListener("keydown", (event) => done(event.timeStamp), { once: true, capture: true }));
    const until = async (selector) => {
      const before = log.querySelectorAll(selector).length;
      const came = new Promise((done) => {
        const watch = new MutationObserver(() => {
          if (log.querySelectorAll(selector).length <= before) return;
          watch.disconnect();
          done(painted());
        });
        watch.observe(log, { childList: true, subtree: true, attributes: true, attributeFilter: ["data-id"] });
      });
      return (await came) - (await pressed);
    };
    this.#shown = until(".message");
    this.#stored = until(".message[data-id]");
  }

  async end() { return { shown: await this.#shown, stored: await this.#stored }; }
}

/** Frames while somebody turns the wheel. */
class Wheel {
  #on = false; #result;

  begin() {
    this.#on = true;
    this.#result = { frames: 0, late: 0, longest: 0, most: messages.length, pages: 0 };
    let last = performance.now(), [first, end] = [messages[0], messages[messages.length - 1]];
    const frame = (now) => {
      const took = now - last, result = this.#result;
      last = now;
      result.frames++;
      if (took > 33.5) result.late++;
      result.longest = Math.max(result.longest, took);
      result.most = Math.max(result.most, messages.length);
      if (messages[0] !== first || messages[messages.length - 1] !== end) result.pages++;
      [first, end] = [messages[0], messages[messages.length - 1]];
      if (this.#on) requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  }

  end() {
    this.#on = false;
    return this.#result;
  }
}

export async function equip(walks) {
  const { walk } = await import(walks);
  Object.assign(globalThis, { pace: new Pace(), wheel: new Wheel(), walk: async (...where) => JSON.stringify(await walk(log, ...where)) });
}
