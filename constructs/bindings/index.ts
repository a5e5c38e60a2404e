// The provider's resources and data sources as CDKTF classes, generated from the provider's schemas by every build.
export * from "./generated";
// Hides the generated class of the same name, which does not install the provider.
export { IronicProvider } from "./provider";
