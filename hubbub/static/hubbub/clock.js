// Owns how moments are said, in the reader's language and time zone. Knows no DOM.

const DAY = 86_400_000;
const UNITS = [["year", 365 * DAY], ["month", 30 * DAY], ["week", 7 * DAY], ["day", DAY], ["hour", 3_600_000], ["minute", 60_000]];

export class Clock {
  #lang; #time; #moment; #full; #day; #yearDay; #relative;

  constructor(lang) {
    this.#lang = nearest(lang);
    this.#time = this.#format({ timeStyle: "short" });
    this.#moment = this.#format({ dateStyle: "medium", timeStyle: "short" });
    this.#full = this.#format({ dateStyle: "full", timeStyle: "short" });
    this.#day = this.#format({ weekday: "long", day: "numeric", month: "long" });
    this.#yearDay = this.#format({ weekday: "long", day: "numeric", month: "long", year: "numeric" });
    this.#relative = new Intl.RelativeTimeFormat(this.#lang, { numeric: "auto" });
  }

  time(date) { return this.#time.format(date); }
  moment(date) { return this.#moment.format(date); }
  full(date) { return this.#full.format(date); }

  /** The local calendar day, as the datetime attribute wants it: 2026-11-22. */
  dayKey(date) {
    const two = (number) => String(number).padStart(2, "0");
    return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  }

  /** "Today", "Yesterday", "Friday 20 November", with the year when it is another. */
  day(date, now = new Date()) {
    const distance = Math.round((midnight(date) - midnight(now)) / DAY);
    if (distance === 0 || distance === -1) return this.#capital(this.#relative.format(distance, "day"));
    return (date.getFullYear() === now.getFullYear() ? this.#day : this.#yearDay).format(date);
  }

  /** "5 minutes ago", "yesterday". */
  ago(date, now = new Date()) {
    const passed = date - now;
    for (const [unit, length] of UNITS) {
      if (Math.abs(passed) >= length) return this.#relative.format(Math.round(passed / length), unit);
    }
    return this.#relative.format(0, "second");
  }

  #capital(text) {
    const [first, ...rest] = text;
    return first.toLocaleUpperCase(this.#lang) + rest.join("");
  }

  #format(options) {
    try { return new Intl.DateTimeFormat(this.#lang, options); } catch { return new Intl.DateTimeFormat(undefined, options); }
  }
}

/** The page's language as the reader's own region writes it: en becomes en-GB for a reader in Britain. */
function nearest(lang) {
  return navigator.languages?.find((own) => own === lang || own.startsWith(`${lang}-`)) ?? (lang || undefined);
}

const midnight = (date) => new Date(date.getFullYear(), date.getMonth(), date.getDate());
