/**
 * Text that is safe to show: characters that a terminal would obey (`printable`), and secrets in any spelling (`Secrets`). Pure; it
 * imports no other module.
 */
export { printable, printableJson, printableLines } from "./printable";
