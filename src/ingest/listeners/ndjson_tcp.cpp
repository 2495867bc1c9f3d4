// Raw lines over TCP or TLS, JSON documents for instance.
#include "listeners/ndjson_tcp.hpp"

#include "listeners/listeners.hpp"

namespace vedette::ingest {

std::unique_ptr<net::StreamSession> make_line_session(std::shared_ptr<MessageCore> core,
                                                      std::shared_ptr<net::StreamConnection> connection) {
  FramingOptions framing;
  framing.max_message_bytes = core->options.max_event_bytes;
  return std::make_unique<MessageSession>(std::move(core), std::move(connection), framing);
}

namespace {

std::unique_ptr<Listener> make_ndjson_tcp(const ListenerContext& context, const base::ConfigSection& config) {
  const auto core = std::make_shared<MessageCore>(context.intake, context.metrics, timers_of(context.io),
                                                  message_options("ndjson_tcp", config));
  SocketListener::Addresses addresses;
  (context.tls ? addresses.tls : addresses.tcp).push_back(config.text("listen"));
  SocketListener::Handlers handlers;
  handlers.session = [core](std::shared_ptr<net::StreamConnection> connection) {
    return make_line_session(core, std::move(connection));
  };
  handlers.drain = [core](std::chrono::milliseconds deadline) { core->drain(deadline); };
  constexpr std::size_t kMargin = 64u << 10;
  return std::make_unique<SocketListener>(context, config, std::move(addresses), std::move(handlers),
                                          core->options.max_event_bytes + kMargin);
}

}  // namespace

ListenerInfo ndjson_tcp_listener() {
  ListenerInfo info;
  info.name = "ndjson_tcp";
  info.title = "Lines over TCP";
  info.summary = "Raw lines (JSON documents, or any format) over TCP or TLS.";
  info.default_listen = "127.0.0.1:5170";
  info.options = {format_key("auto")};
  info.make = make_ndjson_tcp;
  return info;
}

}  // namespace vedette::ingest
