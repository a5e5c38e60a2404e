// Stands for @grpc/proto-loader in the provider's bundle. @grpc/grpc-js loads it, and protobufjs with it, only for two services that
// the provider does not offer: channelz and ORCA. Their .proto files would not be in the bundle either.
exports.loadSync = (file) => {
  throw new Error(`The provider's bundle has no @grpc/proto-loader, which is needed to read ${file}`);
};
