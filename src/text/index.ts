/**
 * Text that is safe to show: characters that a terminal would obey (`printable`), and secrets in any spelling (`Secrets`). Pure; it
 * imports no other module.
 */
export { mapTexts } from "./map-texts";
export { printable, printableJson, printableLines } from "./printable";
export { MASKED, Secrets } from "./secrets";
