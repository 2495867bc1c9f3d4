// GELF (Graylog Extended Log Format 1.1) over UDP (chunked, compressed) and TCP (ended by NUL).
#include "listeners/gelf.hpp"

#include "listeners/inflate.hpp"
#include "listeners/listener_keys.hpp"
#include "listeners/listeners.hpp"

namespace vedette::ingest {

void GelfAssembler::forget(Partials::iterator which) {
  bytes_ -= which->second.bytes;
  by_age_.erase(which->second.age);
  partial_.erase(which);
}

void GelfAssembler::expire(SteadyTime now) {
  while (!by_age_.empty()) {
    const auto oldest = partial_.find(by_age_.front());
    const bool over = bytes_ > limits_.max_bytes || partial_.size() > limits_.max_messages;
    if (!over && now - oldest->second.first < limits_.max_age) return;
    forget(oldest);
    ++lost_;
  }
}

std::optional<std::string> GelfAssembler::add(std::string_view chunk, const net::Peer& from, SteadyTime now) {
  constexpr std::size_t kHeader = 12, kId = 2, kIdSize = 8;
  expire(now);
  const auto byte = [&](std::size_t at) {
    return static_cast<std::size_t>(static_cast<unsigned char>(chunk[at]));
  };
  if (chunk.size() <= kHeader || byte(11) == 0 || byte(11) > kMostChunks || byte(10) >= byte(11)) {
    ++malformed_;
    return std::nullopt;
  }
  const std::size_t number = byte(10), count = byte(11);
  const std::string_view payload = chunk.substr(kHeader);
  if (count == 1) return std::string(payload);

  const Key key{from.address, from.port, std::string(chunk.substr(kId, kIdSize))};
  const auto [place, is_new] = partial_.try_emplace(key);
  Partial& partial = place->second;
  if (is_new) {
    partial.chunks.resize(count);
    partial.missing = count;
    partial.first = now;
    partial.age = by_age_.insert(by_age_.end(), key);
  }
  if (partial.chunks.size() != count || !partial.chunks[number].empty()) {
    ++malformed_;
    return std::nullopt;
  }
  partial.chunks[number] = payload;
  partial.bytes += payload.size();
  bytes_ += payload.size();
  if (--partial.missing != 0) {
    expire(now);
    return std::nullopt;
  }
  std::string whole;
  whole.reserve(partial.bytes);
  for (const auto& piece : partial.chunks) whole += piece;
  forget(place);
  return whole;
}

namespace {

// Adds a message to the batcher, or to the dead letters.
void take_gelf(MessageCore& core, std::string_view message, const SourcePtr& source,
               const std::vector<Extra>& extras) {
  const auto document = translate_gelf(message);
  if (!document.ok()) {
    core.counters.dropped("malformed", 1);
    core.intake.dead_letter(core.options.listener, source, message, document.error().message);
    return;
  }
  core.batcher->add(source, document->json, extras, document->time);
}

class GelfSession final : public MessageSession {
 public:
  using MessageSession::MessageSession;

 protected:
  void on_message(const Frame& frame) override {
    if (frame.cut) {
      core().counters.dropped("too_large", 1);
      core().intake.dead_letter(core().options.listener, source(), frame.bytes.substr(0, kShown),
                                "a message longer than max_event_bytes, or without its end");
      return;
    }
    take_gelf(core(), frame.bytes, source(), extras());
  }

 private:
  static constexpr std::size_t kShown = 4096;
};

}  // namespace

void GelfReceiver::count_lost() {
  std::uint64_t lost = 0, malformed = 0;
  {
    const std::lock_guard lock(mutex_);
    lost = assembler_.take_lost();
    malformed = assembler_.take_malformed();
  }
  core_->counters.dropped("incomplete", lost);
  core_->counters.dropped("malformed", malformed);
}

void GelfReceiver::expire(SteadyTime now) {
  {
    const std::lock_guard lock(mutex_);
    assembler_.expire(now);
  }
  count_lost();
}

void GelfReceiver::datagram(std::string_view bytes, const net::Peer& from, SteadyTime now) {
  if (bytes.empty()) return;
  std::string whole;
  if (GelfAssembler::is_chunk(bytes)) {
    std::optional<std::string> message;
    {
      const std::lock_guard lock(mutex_);
      message = assembler_.add(bytes, from, now);
    }
    count_lost();
    if (!message) return;
    whole = std::move(*message);
    bytes = whole;
  }
  if (!core_->may_take_datagram(now)) return;
  const auto [source, counters] = core_->sources.of(from.address);
  std::string plain;
  if (looks_compressed(bytes)) {
    auto inflated = inflate_bounded(bytes, core_->options.max_event_bytes);
    if (!inflated.ok()) {
      core_->counters.dropped("malformed", 1);
      core_->intake.dead_letter(core_->options.listener, source, bytes, inflated.error().message);
      return;
    }
    plain = std::move(*inflated);
    bytes = plain;
  }
  while (!bytes.empty() && (bytes.back() == '\0' || bytes.back() == '\n')) bytes.remove_suffix(1);
  if (bytes.size() > core_->options.max_event_bytes) {
    core_->counters.dropped("too_large", 1);
    return;
  }
  counters.took(1, bytes.size());
  take_gelf(*core_, bytes, source, peer_extras(from));
}

std::unique_ptr<net::StreamSession> make_gelf_session(std::shared_ptr<MessageCore> core,
                                                      std::shared_ptr<net::StreamConnection> connection) {
  FramingOptions framing;
  framing.max_message_bytes = core->options.max_event_bytes;
  framing.newline = false;
  framing.nul = true;
  return std::make_unique<GelfSession>(std::move(core), std::move(connection), framing);
}

namespace {

std::unique_ptr<Listener> make_gelf(const ListenerContext& context, const base::ConfigSection& config) {
  MessageOptions options = message_options("gelf", config);
  const auto core =
      std::make_shared<MessageCore>(context.intake, context.metrics, timers_of(context.io), options);
  const auto receiver = std::make_shared<GelfReceiver>(core);
  SocketListener::Addresses addresses;
  if (config.boolean("udp")) addresses.udp.push_back(config.text("listen"));
  if (config.boolean("tcp")) (context.tls ? addresses.tls : addresses.tcp).push_back(config.text("listen"));
  SocketListener::Handlers handlers;
  handlers.session = [core](std::shared_ptr<net::StreamConnection> connection) {
    return make_gelf_session(core, std::move(connection));
  };
  handlers.listener = "gelf";
  handlers.datagram = [receiver](std::string_view bytes, const net::Peer& from) {
    receiver->datagram(bytes, from, std::chrono::steady_clock::now());
  };
  handlers.tick = [receiver] { receiver->expire(std::chrono::steady_clock::now()); };
  handlers.drain = [core](std::chrono::milliseconds deadline) { core->drain(deadline); };
  return std::make_unique<SocketListener>(context, config, std::move(addresses), std::move(handlers),
                                          options.max_event_bytes);
}

}  // namespace

ListenerInfo gelf_listener() {
  using base::ConfigType;
  ListenerInfo info;
  info.name = "gelf";
  info.title = "GELF";
  info.summary = "Graylog's messages over UDP (chunked, compressed), TCP and TLS.";
  info.default_listen = "127.0.0.1:12201";
  info.options = {
      listener_key("udp", ConfigType::boolean, "true", "Whether datagrams are taken."),
      listener_key("tcp", ConfigType::boolean, "true", "Whether connections are taken (TLS if tls is set)."),
      format_key("json"),
  };
  info.make = make_gelf;
  return info;
}

}  // namespace vedette::ingest
