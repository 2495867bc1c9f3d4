// Syslog over UDP (RFC 5426), TCP (RFC 6587: counted, by lines, by NUL) and TLS (RFC 5425).
#include "listeners/syslog.hpp"

#include "listeners/listener_keys.hpp"
#include "listeners/listeners.hpp"

namespace vedette::ingest {

std::unique_ptr<net::StreamSession> make_syslog_session(std::shared_ptr<MessageCore> core,
                                                        std::shared_ptr<net::StreamConnection> connection) {
  FramingOptions framing;
  framing.max_message_bytes = core->options.max_event_bytes;
  framing.octet_counting = true;
  framing.nul = true;
  return std::make_unique<MessageSession>(std::move(core), std::move(connection), framing);
}

void take_syslog_datagram(MessageCore& core, std::string_view bytes, const net::Peer& from, SteadyTime now) {
  while (!bytes.empty() && (bytes.back() == '\n' || bytes.back() == '\0' || bytes.back() == '\r')) {
    bytes.remove_suffix(1);
  }
  if (bytes.empty() || !core.may_take_datagram(now)) return;
  auto extras = peer_extras(from);
  if (bytes.size() > core.options.max_event_bytes) {
    bytes = bytes.substr(0, core.options.max_event_bytes);
    extras.push_back(cut_flag());
    core.counters.cut();
  }
  const PeerSource sender = core.sources.of(from.address);
  sender.counters.took(1, bytes.size());
  core.batcher->add(sender.source, bytes, extras);
}

namespace {

std::vector<std::string> syslog_addresses(const base::ConfigSection& config, std::string_view key,
                                          bool use_listen) {
  std::vector<std::string> addresses = config.texts(key);
  if (addresses.empty() && use_listen) addresses.push_back(config.text("listen"));
  if (addresses.size() == 1 && addresses[0] == "none") addresses.clear();
  return addresses;
}

std::unique_ptr<Listener> make_syslog(const ListenerContext& context, const base::ConfigSection& config) {
  const auto core = std::make_shared<MessageCore>(context.intake, context.metrics, timers_of(context.io),
                                                  message_options("syslog", config));
  SocketListener::Addresses addresses{syslog_addresses(config, "udp_listen", true),
                                      syslog_addresses(config, "tcp_listen", true),
                                      syslog_addresses(config, "tls_listen", false)};
  SocketListener::Handlers handlers;
  handlers.session = [core](std::shared_ptr<net::StreamConnection> connection) {
    return make_syslog_session(core, std::move(connection));
  };
  handlers.listener = "syslog";
  handlers.datagram = [core](std::string_view bytes, const net::Peer& from) {
    take_syslog_datagram(*core, bytes, from, std::chrono::steady_clock::now());
  };
  handlers.drain = [core](std::chrono::milliseconds deadline) { core->drain(deadline); };
  constexpr std::size_t kHeader = 64u << 10;
  return std::make_unique<SocketListener>(context, config, std::move(addresses), std::move(handlers),
                                          core->options.max_event_bytes + kHeader);
}

}  // namespace

ListenerInfo syslog_listener() {
  using base::ConfigType;
  ListenerInfo info;
  info.name = "syslog";
  info.title = "Syslog";
  info.summary = "Messages of RFC 3164 and RFC 5424 over UDP, TCP and TLS.";
  info.default_listen = "127.0.0.1:5514";
  info.options = {
      listener_key("udp_listen", ConfigType::texts, "",
                   "Addresses for UDP; empty: that of listen; none: no UDP."),
      listener_key("tcp_listen", ConfigType::texts, "",
                   "Addresses for plain TCP; empty: that of listen; none: no TCP."),
      listener_key("tls_listen", ConfigType::texts, "",
                   "Addresses for TLS (RFC 5425), for which tls must be set."),
      format_key("syslog"),
  };
  info.make = make_syslog;
  return info;
}

}  // namespace vedette::ingest
