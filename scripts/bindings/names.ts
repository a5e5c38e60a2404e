/** CDKTF's names for resources and attributes, so that code can move between its generated bindings and these. */

/** `node_uuid` → `nodeUuid`. */
export function camelCase(name: string): string {
  return name.replace(/_+([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** `node_uuid` → `NodeUuid`. */
export function pascalCase(name: string): string {
  const camel = camelCase(name);
  return camel.charAt(0).toUpperCase() + camel.slice(1);
}

/** `NodeV1Timeouts` → `nodeV1Timeouts`, with which the names of its functions begin. */
export function functionName(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}

/** The property for an attribute: `node` belongs to every construct already. */
export function propertyName(attribute: string): string {
  return attribute === "node" ? "nodeAttribute" : camelCase(attribute);
}

/** `ironic_node_v1` → `NodeV1`; a data source is `DataIronicNode`. */
export function className(type: string, kind: "resource" | "dataSource"): string {
  return kind === "resource" ? pascalCase(type.slice(type.indexOf("_") + 1)) : `Data${pascalCase(type)}`;
}

/** `NodeV1` → `node-v1`. */
export function fileName(name: string): string {
  return name.replace(/(?<=[a-z0-9])[A-Z]/g, (letter) => `-${letter}`).toLowerCase();
}
