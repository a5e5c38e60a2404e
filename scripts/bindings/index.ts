import type { Provider } from "../../src/tfplugin";
import { type Element, emit } from "./emit";
import { className, fileName, pascalCase } from "./names";

/** Bindings for a provider, from its schemas: the text of each file, by name. The same schemas give the same bytes. */
export function bindings({ options }: Provider): ReadonlyMap<string, string> {
  const { address, schema, resources = {}, dataSources = {} } = options;
  const source = address.slice(address.indexOf("/") + 1);
  const type = address.slice(address.lastIndexOf("/") + 1);
  const provider: Element = { kind: "provider", name: `${pascalCase(type)}Provider`, type, schema };
  const elements: [file: string, element: Element][] = [
    ["provider", provider],
    ...Object.entries(resources).map(([name, each]) => named("resource", name, each.schema)),
    ...Object.entries(dataSources).map(([name, each]) => named("dataSource", name, each.schema)),
  ];
  const files = elements.map(([file, element]): [string, string] => [`${file}.ts`, emit(element, { type, source })]);
  const index = elements.map(([file]) => `export * from "./${file}";\n`).join("");
  return new Map([...files, ["index.ts", index]]);
}

function named(kind: "resource" | "dataSource", type: string, schema: Element["schema"]): [string, Element] {
  const name = className(type, kind);
  return [fileName(name), { kind, name, type, schema }];
}
