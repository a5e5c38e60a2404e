/**
 * Text to show: without characters that a terminal would obey (`printable`), without secrets in any spelling (`Secrets`), and with the
 * name that was meant (`similarName`, `unknownName`). Pure; it imports no other module.
 */
export { CONTENT_FOR_PATH, isFileContent } from "./file-content";
export { mapTexts } from "./map-texts";
export { printable, printableJson, printableLines } from "./printable";
export { MASKED, Secrets } from "./secrets";
export { similarName, unknownName } from "./similar-name";
