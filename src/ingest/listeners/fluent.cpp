// Fluent Forward, version 1: Fluentd's and Fluent Bit's own protocol.
#include "listeners/fluent.hpp"

#include <unistd.h>

#include "listeners/fluent_message.hpp"
#include "listeners/listener_keys.hpp"
#include "listeners/listeners.hpp"
#include "listeners/msgpack.hpp"
#include "vedette/base/hash.hpp"

namespace vedette::ingest {
namespace {

// Acknowledges a chunk once all its batches are durable. A chunk of which one failed, or was never answered,
// is not acknowledged, and the connection is closed, so that the sender tries again soon.
class FluentAck {
 public:
  FluentAck(std::shared_ptr<net::StreamConnection> connection, std::string chunk, std::size_t batches)
      : connection_(std::move(connection)), chunk_(std::move(chunk)), missing_(batches) {}
  ~FluentAck() {
    if (missing_.load() == 0) {
      connection_->send(fluent_ack(chunk_));
    } else {
      connection_->close();
    }
  }
  void answered(const model::IntakeAnswer& answer) {
    if (answer.ok()) missing_.fetch_sub(1);
  }

 private:
  const std::shared_ptr<net::StreamConnection> connection_;
  const std::string chunk_;
  std::atomic<std::size_t> missing_;
};

class FluentSession final : public net::StreamSession {
 public:
  FluentSession(std::shared_ptr<MessageCore> core, FluentSettings settings,
                std::shared_ptr<net::StreamConnection> connection)
      : core_(std::move(core)),
        settings_(std::move(settings)),
        connection_(std::move(connection)),
        from_(core_->sources.of(connection_->peer().address)),
        extras_(peer_extras(connection_->peer())),
        greeted_(settings_.shared_key.empty()) {
    core_->counters.connection(1);
    extras_.emplace_back("fluent.tag", "");
    if (greeted_) return;
    nonce_ = fluent_nonce();
    connection_->send(fluent_helo(nonce_));
  }
  ~FluentSession() override { core_->counters.connection(-1); }

  std::size_t on_bytes(std::string_view bytes, bool at_end) override {
    std::size_t at = 0;
    while (!closed_ && at < bytes.size()) {
      std::size_t size = 0;
      const auto state = measure_.look(bytes.substr(at), settings_.max_message_bytes, size);
      if (state == MsgpackState::partial && !at_end) return at;
      if (state != MsgpackState::whole) {
        refuse(bytes.substr(at), state == MsgpackState::partial
                                     ? "a connection that ended within a message"
                                     : "bytes that are no message, or one too long");
        break;
      }
      measure_.restart();
      if (greeted_) {
        on_message(bytes.substr(at, size));
      } else {
        on_ping(bytes.substr(at, size));
      }
      at += size;
    }
    return closed_ ? bytes.size() : at;
  }

 private:
  void refuse(std::string_view bytes, std::string_view reason) {
    core_->counters.dropped("malformed", 1);
    core_->intake.dead_letter(core_->options.listener, from_.source, bytes.substr(0, kShown), reason);
    closed_ = true;
    connection_->close();
  }

  void on_ping(std::string_view message) {
    const auto ping = read_fluent_ping(message);
    if (!ping.ok()) return refuse({}, ping.error().message);
    const bool known = equal_in_constant_time(
        ping->digest, fluent_digest(ping->salt, ping->hostname, nonce_, settings_.shared_key));
    if (known) {
      greeted_ = true;
      connection_->send(
          fluent_pong(true, "", settings_.hostname,
                      fluent_digest(ping->salt, settings_.hostname, nonce_, settings_.shared_key)));
      return;
    }
    core_->counters.dropped("unauthorized", 1);
    connection_->send(fluent_pong(false, "shared_key mismatch", settings_.hostname, ""));
    closed_ = true;
    connection_->close();
  }

  // Records of one message: their batches go out together, as all of them are needed for the ack.
  void on_message(std::string_view message) {
    std::vector<model::RawBatch> batches;
    BatchWriter writer;
    std::uint64_t bad = 0, events = 0, size = 0;
    const auto head = read_fluent_message(
        message, {settings_.max_plain_bytes},
        [&](const FluentEntry& entry) {
          if (entry.json.size() > core_->options.max_event_bytes) {
            core_->counters.dropped("too_large", 1);
            core_->intake.dead_letter(core_->options.listener, from_.source, entry.json.substr(0, kShown),
                                      "a record longer than max_event_bytes");
            return;
          }
          ++events;
          size += entry.json.size();
          writer.add(entry.json).time = entry.time;
          if (writer.size() >= kMostRecords || writer.bytes() >= kMostBytes) batches.push_back(writer.take());
        },
        bad);
    if (!writer.empty()) batches.push_back(writer.take());
    if (!head.ok()) return refuse(message, head.error().message);
    if (head->chunk.size() > kLongestChunk) return refuse(message, "a chunk's name that is too long");
    from_.counters.took(events, size);
    if (bad != 0) {
      core_->counters.dropped("malformed", bad);
      core_->intake.dead_letter(core_->options.listener, from_.source, message.substr(0, kShown),
                                "a message with records that cannot be read");
    }
    extras_.back().second = head->tag;
    send(std::move(batches), head->chunk);
    core_->flow.took(connection_, events);
  }

  void send(std::vector<model::RawBatch> batches, const std::string& chunk) {
    const auto ack =
        chunk.empty() ? nullptr : std::make_shared<FluentAck>(connection_, chunk, batches.size());
    std::size_t index = 0;
    for (auto& batch : batches) {
      batch.listener = core_->options.listener;
      batch.format = core_->options.format;
      batch.source = from_.source;
      batch.extras = extras_;
      for (auto& record : batch.records) {
        record.extras = static_cast<std::uint32_t>(extras_.size());
        // A chunk that is sent again has the same records in the same places.
        if (ack) record.id = base::hash128_hex("fluent\n" + chunk + "\n" + std::to_string(index++));
      }
      if (ack) batch.done = [ack](const model::IntakeAnswer& answer) { ack->answered(answer); };
      core_->outbox->send(std::move(batch));
    }
  }

  static constexpr std::size_t kShown = 4096, kMostRecords = 1024, kMostBytes = 1u << 20,
                               kLongestChunk = 1024;
  const std::shared_ptr<MessageCore> core_;
  const FluentSettings settings_;
  const std::shared_ptr<net::StreamConnection> connection_;
  const PeerSource from_;
  std::vector<Extra> extras_;
  MsgpackMeasure measure_;
  std::string nonce_;
  bool greeted_ = false;
  bool closed_ = false;
};

std::unique_ptr<Listener> make_fluent(const ListenerContext& context, const base::ConfigSection& config) {
  const auto core = std::make_shared<MessageCore>(context.intake, context.metrics, timers_of(context.io),
                                                  message_options("fluent_forward", config));
  FluentSettings settings;
  settings.shared_key = config.text("shared_key");
  settings.max_message_bytes = config.bytes("max_chunk_bytes");
  settings.max_plain_bytes = 4 * settings.max_message_bytes;
  char name[256] = {};
  if (::gethostname(name, sizeof name - 1) == 0 && name[0] != '\0') settings.hostname = name;
  SocketListener::Addresses addresses;
  (context.tls ? addresses.tls : addresses.tcp).push_back(config.text("listen"));
  SocketListener::Handlers handlers;
  handlers.session = [core, settings](std::shared_ptr<net::StreamConnection> connection) {
    return make_fluent_session(core, settings, std::move(connection));
  };
  handlers.drain = [core](std::chrono::milliseconds deadline) { core->drain(deadline); };
  return std::make_unique<SocketListener>(context, config, std::move(addresses), std::move(handlers),
                                          settings.max_message_bytes + 1);
}

}  // namespace

std::unique_ptr<net::StreamSession> make_fluent_session(std::shared_ptr<MessageCore> core,
                                                        FluentSettings settings,
                                                        std::shared_ptr<net::StreamConnection> connection) {
  return std::make_unique<FluentSession>(std::move(core), std::move(settings), std::move(connection));
}

ListenerInfo fluent_forward_listener() {
  using base::ConfigType;
  ListenerInfo info;
  info.name = "fluent_forward";
  info.title = "Fluent Forward";
  info.summary =
      "The protocol of Fluentd and Fluent Bit over TCP and TLS, with acknowledgements and shared keys.";
  info.default_listen = "127.0.0.1:24224";
  auto chunk =
      listener_key("max_chunk_bytes", ConfigType::bytes, "16MiB", "The longest message of the protocol.");
  chunk.min = 64 << 10;
  chunk.max = std::int64_t{256} << 20;
  info.options = {
      listener_key("shared_key", ConfigType::secret, "", "What clients must know; empty: no handshake."),
      chunk,
      format_key("auto"),
  };
  info.make = make_fluent;
  return info;
}

}  // namespace vedette::ingest
