// The provider's resources and data sources as CDKTF classes. They are made from the provider's schemas by every build.
export * from "./generated";
// This one, and not the generated class of the same name, which knows nothing of delivery.
export { IronicProvider } from "./provider";
