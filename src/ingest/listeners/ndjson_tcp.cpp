// Raw lines over TCP or TLS, JSON documents for instance.
#include "listeners/ndjson_tcp.hpp"

#include "listeners/listener_keys.hpp"
#include "listeners/listeners.hpp"

namespace vedette::ingest {

std::unique_ptr<net::StreamSession> make_line_session(std::shared_ptr<MessageCore> core,
                                                      std::shared_ptr<net::StreamConnection> connection) {
  FramingOptions framing;
  framing.max_message_bytes = core->options.max_event_bytes;
  return std::make_unique<MessageSession>(std::move(core), std::move(connection), framing);
}

ListenerInfo ndjson_tcp_listener() {
  ListenerInfo info;
  info.name = "ndjson_tcp";
  info.title = "Lines over TCP";
  info.summary = "Raw lines (JSON documents, or any format) over TCP or TLS.";
  info.default_listen = "127.0.0.1:5170";
  info.options = {format_key("auto")};
  info.make = [](const ListenerContext& context, const base::ConfigSection& config) {
    return make_stream_listener("ndjson_tcp", context, config, make_line_session);
  };
  return info;
}

}  // namespace vedette::ingest
