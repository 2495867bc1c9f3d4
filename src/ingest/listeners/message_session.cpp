#include "listeners/message_session.hpp"

#include <algorithm>

namespace vedette::ingest {

const Extra& cut_flag() {
  static const Extra flag{"log.flags", "truncated"};
  return flag;
}

MessageOptions message_options(const std::string& listener, const base::ConfigSection& config) {
  MessageOptions options;
  options.listener = listener;
  options.format = config.text("format");
  options.max_event_bytes = config.bytes("max_event_bytes");
  options.max_events_per_second = static_cast<std::uint64_t>(config.integer("max_events_per_second"));
  options.max_waiting_bytes = std::max(options.max_waiting_bytes, 2 * options.max_event_bytes);
  return options;
}

MessageCore::MessageCore(ports::Intake& to, base::Metrics& metrics, const RunAfter& after,
                         const MessageOptions& with)
    : options(with),
      intake(to),
      run_after(after),
      counters(metrics, to, with.listener),
      outbox(std::make_shared<Outbox>(to, after, OutboxOptions{with.max_waiting_bytes})),
      rate(std::make_shared<RateLimit>(with.max_events_per_second)),
      flow(outbox, rate, after),
      batcher(std::make_shared<Batcher>(outbox, after,
                                        BatcherOptions{.listener = with.listener, .format = with.format})),
      sources(with.listener, counters) {}

bool MessageCore::may_take_datagram(SteadyTime now) {
  if (outbox->full()) {
    counters.dropped("buffer_full", 1);
    return false;
  }
  if (!rate->take(now)) {
    counters.dropped("rate", 1);
    return false;
  }
  return true;
}

void MessageCore::drain(std::chrono::milliseconds deadline) {
  batcher->flush();
  outbox->drain(deadline);
  counters.dropped("closing", outbox->close());
}

std::vector<Extra> peer_extras(const net::Peer& peer) {
  std::vector<Extra> extras{{"log.source.address", peer.address.to_string()}};
  if (!peer.certificate_name.empty())
    extras.emplace_back("tls.client.x509.subject.common_name", peer.certificate_name);
  return extras;
}

MessageSession::MessageSession(std::shared_ptr<MessageCore> core,
                               std::shared_ptr<net::StreamConnection> connection,
                               const FramingOptions& framing)
    : core_(std::move(core)),
      connection_(std::move(connection)),
      cutter_(framing),
      from_(core_->sources.of(connection_->peer().address)),
      extras_(peer_extras(connection_->peer())),
      cut_extras_(extras_) {
  cut_extras_.push_back(cut_flag());
  core_->counters.connection(1);
}

MessageSession::~MessageSession() {
  core_->counters.connection(-1);
}

void MessageSession::on_message(const Frame& frame) {
  core_->batcher->add(from_.source, frame.bytes, frame.cut ? cut_extras_ : extras_);
}

std::size_t MessageSession::on_bytes(std::string_view bytes, bool at_end) {
  constexpr std::size_t kShown = 512;
  if (closed_) return bytes.size();
  std::size_t at = 0;
  std::uint64_t events = 0, size = 0;
  while (const auto frame = cutter_.next(bytes, at, at_end)) {
    ++events;
    size += frame->bytes.size();
    if (frame->cut) core_->counters.cut();
    on_message(*frame);
  }
  if (events != 0) {
    from_.counters.took(events, size);
    if (!at_end) core_->flow.took(connection_, events);
  }
  if (cutter_.broken() && at < bytes.size()) {
    core_->intake.dead_letter(core_->options.listener, from_.source, bytes.substr(at, kShown),
                              "a message length that cannot be one; the connection was closed");
    core_->counters.dropped("malformed", 1);
    closed_ = true;
    connection_->close();
    return bytes.size();
  }
  return at;
}

SocketListener::SocketListener(const ListenerContext& context, const base::ConfigSection& config,
                               Addresses addresses, Handlers handlers, std::size_t max_event_bytes)
    : context_(context), addresses_(std::move(addresses)), handlers_(std::move(handlers)) {
  constexpr std::size_t kMargin = 64u << 10;  // for what frames a message
  server_options_.max_buffer_bytes = max_event_bytes + kMargin;
  server_options_.max_connections = static_cast<std::uint32_t>(config.integer("max_connections"));
  server_options_.max_connections_per_address =
      static_cast<std::uint32_t>(config.integer("max_connections_per_address"));
  // A shipper that has nothing to say is no fault: the shared default is meant for requests.
  if (!config.is_default("idle_timeout")) {
    server_options_.idle_timeout =
        std::chrono::milliseconds{config.duration("idle_timeout") / base::kNsPerMs};
  }
}

SocketListener::~SocketListener() {
  collector_.reset();
  running_->store(false);
  for (const auto& server : datagrams_) server->stop();
}

base::Status SocketListener::start_streams(const std::vector<std::string>& addresses, bool tls) {
  for (const auto& address : addresses) {
    net::StreamServerOptions options = server_options_;
    TRY_ASSIGN(options.listen, net::Endpoint::parse(address));
    if (tls) options.tls = context_.tls;
    TRY_ASSIGN(auto server, net::StreamServer::start(context_.io, options, handlers_.session));
    streams_.push_back(std::move(server));
  }
  return base::ok_status();
}

base::Status SocketListener::start() {
  if (!addresses_.tls.empty() && !context_.tls) {
    return base::make_error(base::ErrorCode::invalid_argument,
                            "an address for TLS needs tls.certificate_file and tls.key_file");
  }
  TRY(start_streams(addresses_.tcp, false));
  TRY(start_streams(addresses_.tls, true));
  for (const auto& address : addresses_.udp) {
    net::DatagramServerOptions options;
    TRY_ASSIGN(options.listen, net::Endpoint::parse(address));
    TRY_ASSIGN(auto server, net::DatagramServer::start(context_.io, options, handlers_.datagram));
    datagrams_.push_back(std::move(server));
  }
  count_kernel_drops();
  if (handlers_.tick) arm_tick();
  return base::ok_status();
}

// What came faster than it was read. The kernel tells of it with the next datagram that gets through.
void SocketListener::count_kernel_drops() {
  if (datagrams_.empty()) return;
  collector_ = context_.metrics.on_collect([this](base::MetricSink& sink) {
    std::uint64_t dropped = 0;
    for (const auto& server : datagrams_) dropped += server->dropped_by_kernel();
    sink.counter("vedette_listener_dropped_by_kernel_total", "Datagrams that the kernel had no room for.",
                 {{"listener", handlers_.listener}}, static_cast<double>(dropped));
  });
}

void SocketListener::arm_tick() {
  const auto repeat = std::make_shared<std::function<void()>>();
  *repeat = [&io = context_.io, running = running_, tick = handlers_.tick,
             weak = std::weak_ptr<std::function<void()>>(repeat)] {
    if (!running->load()) return;
    tick();
    if (const auto self = weak.lock()) io.after(std::chrono::seconds{1}, [self] { (*self)(); });
  };
  context_.io.after(std::chrono::seconds{1}, [repeat] { (*repeat)(); });
}

void SocketListener::drain(std::chrono::milliseconds deadline) {
  const auto end = std::chrono::steady_clock::now() + deadline;
  const auto left = [&] {
    return std::max(std::chrono::milliseconds{0}, std::chrono::duration_cast<std::chrono::milliseconds>(
                                                      end - std::chrono::steady_clock::now()));
  };
  running_->store(false);
  for (const auto& server : datagrams_) server->stop();
  for (const auto& server : streams_) server->drain(left());
  handlers_.drain(left());
}

std::string SocketListener::where() const {
  std::string text;
  const auto add = [&](std::string_view scheme, const std::string& address) {
    if (!text.empty()) text += ", ";
    text.append(scheme).append(address);
  };
  for (const auto& endpoint : udp()) add("udp ", endpoint.to_string());
  // Plain ones were started first.
  for (std::size_t i = 0; i < streams_.size(); ++i) {
    add(i < addresses_.tcp.size() ? "tcp " : "tls ", streams_[i]->local().to_string());
  }
  return text;
}

std::vector<net::Endpoint> SocketListener::udp() const {
  std::vector<net::Endpoint> endpoints;
  for (const auto& server : datagrams_) endpoints.push_back(server->local());
  return endpoints;
}

std::vector<net::Endpoint> SocketListener::tcp() const {
  std::vector<net::Endpoint> endpoints;
  for (const auto& server : streams_) endpoints.push_back(server->local());
  return endpoints;
}

std::unique_ptr<Listener> make_stream_listener(const std::string& name, const ListenerContext& context,
                                               const base::ConfigSection& config, MakeSession make_session) {
  const auto core = std::make_shared<MessageCore>(context.intake, context.metrics, timers_of(context.io),
                                                  message_options(name, config));
  SocketListener::Addresses addresses;
  (context.tls ? addresses.tls : addresses.tcp).push_back(config.text("listen"));
  SocketListener::Handlers handlers;
  handlers.session = [core, make_session](std::shared_ptr<net::StreamConnection> connection) {
    return make_session(core, std::move(connection));
  };
  handlers.drain = [core](std::chrono::milliseconds deadline) { core->drain(deadline); };
  return std::make_unique<SocketListener>(context, config, std::move(addresses), std::move(handlers),
                                          core->options.max_event_bytes);
}

RunAfter timers_of(net::Io& io) {
  return
      [&io](std::chrono::milliseconds time, std::function<void()> work) { io.after(time, std::move(work)); };
}

}  // namespace vedette::ingest
