// A provider in Go for bench/handshake: HashiCorp's go-plugin and gRPC, and one call of protocol 6, GetProviderSchema, whose
// response is a recorded one of ours. A lower bound: a provider of HashiCorp's framework also has that, and makes its schema.
package main

import (
	"context"
	_ "embed"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/emptypb"
)

//go:embed schema.bin
var schema []byte

type provider struct {
	plugin.NetRPCUnsupportedPlugin
}

func (provider) GRPCClient(context.Context, *plugin.GRPCBroker, *grpc.ClientConn) (interface{}, error) {
	return nil, nil
}

func (provider) GRPCServer(_ *plugin.GRPCBroker, server *grpc.Server) error {
	server.RegisterService(&grpc.ServiceDesc{
		ServiceName: "tfplugin6.Provider",
		HandlerType: (*interface{})(nil),
		Methods:     []grpc.MethodDesc{{MethodName: "GetProviderSchema", Handler: getProviderSchema}},
	}, provider{})
	return nil
}

// The request has no fields. The response's fields are unknown to the empty message, which writes them as they are.
func getProviderSchema(_ interface{}, _ context.Context, decode func(interface{}) error, _ grpc.UnaryServerInterceptor) (interface{}, error) {
	if err := decode(&emptypb.Empty{}); err != nil {
		return nil, err
	}
	response := &emptypb.Empty{}
	response.ProtoReflect().SetUnknown(schema)
	return response, nil
}

func main() {
	plugin.Serve(&plugin.ServeConfig{
		HandshakeConfig: plugin.HandshakeConfig{
			MagicCookieKey:   "TF_PLUGIN_MAGIC_COOKIE",
			MagicCookieValue: "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2",
		},
		VersionedPlugins: map[int]plugin.PluginSet{6: {"provider": provider{}}},
		GRPCServer:       plugin.DefaultGRPCServer,
		Logger:           hclog.NewNullLogger(),
	})
}
