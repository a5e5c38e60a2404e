/** Characters of an error page that are quoted. */
const MAX_LENGTH = 300;

/**
 * The reason in an error response's body; undefined when there is none.
 *
 * - Ironic: `error_message` is a JSON string with a `faultstring`; older ones and middleware give an object or plain text.
 * - Keystone: `{ error: { message } }`. Other OpenStack services: `{ message }` or `{ title }`.
 * - A proxy: a page of HTML, or plain text.
 *
 * @param mask applied before a text is cut or changed, which would leave parts of secrets
 */
export function faultOf(content: unknown, mask: (text: string) => string): string | undefined {
  if (typeof content === "string") return readable(mask(content));
  const { error_message, error, message, title } = fields(content);
  for (const candidate of [error_message, error, message, title]) {
    const found = reason(candidate, mask);
    if (found !== undefined) return found;
  }
  return undefined;
}

function reason(candidate: unknown, mask: (text: string) => string): string | undefined {
  if (typeof candidate !== "string") {
    const { faultstring, message } = fields(candidate);
    const found = [faultstring, message].find((text): text is string => typeof text === "string" && text !== "");
    return found === undefined ? undefined : mask(found);
  }
  const inner = json(candidate);
  return typeof inner === "object" && inner !== null ? reason(inner, mask) : readable(mask(candidate));
}

function fields(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Text, or the text of a page, on one line and short. */
function readable(page: string): string | undefined {
  const text = page
    .replace(/<(script|style|head)\b[\s\S]*?<\/\1>/gi, " ")
    .replace(/<[^>]*>/g, " ")
    .replace(/\s+/g, " ")
    .trim();
  if (text === "") return undefined;
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text;
}
