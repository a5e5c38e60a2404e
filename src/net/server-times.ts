import type { HttpHeaders } from "./transport";

/** The limit of waits and lifetimes from servers: 30 days, in milliseconds. */
const MAX_DURATION = 30 * 24 * 60 * 60 * 1000;

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const MONTH = `(${MONTHS.join("|")})`;
const TIME = "(\\d{2}):(\\d{2}):(\\d{2})";
/** RFC 9110 section 5.6.7: IMF-fixdate, and the two obsolete forms that a recipient has to read. */
const IMF_FIXDATE = new RegExp(`^[A-Z][a-z]{2}, (\\d{2}) ${MONTH} (\\d{4}) ${TIME} GMT$`);
const RFC_850 = new RegExp(`^[A-Z][a-z]{5,8}, (\\d{2})-${MONTH}-(\\d{2}) ${TIME} GMT$`);
const ASCTIME = new RegExp(`^[A-Z][a-z]{2} ${MONTH} ([ \\d]\\d) ${TIME} (\\d{4})$`);

/** A date of an HTTP header as milliseconds since the epoch; undefined for anything else, an impossible day included. */
export function parseHttpDate(text: string, now: number): number | undefined {
  const imf = IMF_FIXDATE.exec(text);
  if (imf) return utc(imf[3], imf[2], imf[1], imf.slice(4));
  const rfc850 = RFC_850.exec(text);
  if (rfc850) return utc(String(fullYear(Number(rfc850[3]), now)), rfc850[2], rfc850[1], rfc850.slice(4));
  const asctime = ASCTIME.exec(text);
  if (asctime) return utc(asctime[6], asctime[1], asctime[2], asctime.slice(3));
  return undefined;
}

/** RFC 9110: a two-digit year more than 50 years in the future is the most recent past year with these digits. */
function fullYear(digits: number, now: number): number {
  const present = new Date(now).getUTCFullYear();
  const year = present - (present % 100) + digits;
  return year > present + 50 ? year - 100 : year;
}

function utc(
  year = "",
  month = "",
  day = "",
  [hours = "", minutes = "", seconds = ""]: readonly string[],
): number | undefined {
  const index = MONTHS.indexOf(month);
  const date = new Date(0);
  date.setUTCFullYear(Number(year), index, Number(day));
  // The calendar would make the 3rd of March of a 31st of February.
  if (date.getUTCMonth() !== index || date.getUTCDate() !== Number(day)) return undefined;
  // 60 is a leap second.
  if (Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) > 60) return undefined;
  return date.setUTCHours(Number(hours), Number(minutes), Number(seconds));
}

/**
 * The wait of a Retry-After header in milliseconds (RFC 9110 section 10.2.3: seconds, or a date): 0 to 30 days.
 * undefined without the header, or when it can't be parsed.
 */
export function retryAfter(headers: HttpHeaders, now: number): number | undefined {
  const value = headers["retry-after"]?.trim();
  if (value === undefined) return undefined;
  if (/^\d+$/.test(value)) return bounded(Number(value) * 1000);
  const date = parseHttpDate(value, now);
  return date === undefined ? undefined : bounded(date - now);
}

/**
 * A token endpoint's `expires_in`, seconds, as milliseconds: 0 to 30 days; undefined when it is not a number.
 */
export function lifetimeOf(seconds: unknown): number | undefined {
  return typeof seconds === "number" && !Number.isNaN(seconds) ? bounded(seconds * 1000) : undefined;
}

/** ISO 8601 as OpenStack writes it: `2026-01-31T12:00:00.000000Z`; `+00:00` and no zone at all mean UTC, too. */
const ISO_8601 = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.\d{1,9})?(?:Z|\+00:00)?$/;

/** The time between two dates in ISO 8601, in milliseconds, 0 to 30 days; undefined when either can't be read. */
export function timeBetween(from: unknown, to: unknown): number | undefined {
  const [start, end] = [from, to].map((date) => {
    const seconds = typeof date === "string" ? ISO_8601.exec(date)?.[1] : undefined;
    return Date.parse(`${seconds}Z`);
  });
  const duration = (end ?? Number.NaN) - (start ?? Number.NaN);
  return Number.isNaN(duration) ? undefined : bounded(duration);
}

function bounded(milliseconds: number): number {
  return Math.min(Math.max(milliseconds, 0), MAX_DURATION);
}
