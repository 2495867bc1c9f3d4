// RELP, the reliable event logging protocol of rsyslog, over TCP and TLS. A message is acknowledged once it
// is durable. The protocol is spoken here and not by librelp's engine, because that one acknowledges when its
// callback returns, so that every message would wait for the disk alone; librelp's client is a peer in the
// tests.
#include "listeners/relp.hpp"

#include <algorithm>
#include <deque>

#include "listeners/listener_keys.hpp"
#include "listeners/listeners.hpp"
#include "vedette/base/text.hpp"

namespace vedette::ingest {
namespace {

struct RelpFrame {
  std::uint64_t number = 0;
  std::string_view command, data;
  bool cut = false;
};

// Reads frames: TXNR SP COMMAND SP DATALEN [SP DATA] LF. Not thread safe.
class RelpReader {
 public:
  explicit RelpReader(std::size_t max_data_bytes) : max_data_bytes_(max_data_bytes) {}

  enum class State : std::uint8_t { whole, partial, broken };
  State next(std::string_view bytes, std::size_t& at, RelpFrame& frame) {
    const std::string_view view = bytes.substr(at);
    std::size_t place = 0;
    std::string_view words[3];
    for (int i = 0; i < 3; ++i) {
      const std::size_t end = view.find_first_of(" \n", place);
      const std::size_t length = std::min(end, view.size()) - place;
      if (length > kLongestWord || (end != std::string_view::npos && length == 0)) return State::broken;
      if (end == std::string_view::npos) return State::partial;
      words[i] = view.substr(place, length);
      const bool last = i == 2;
      if (view[end] == '\n' && !last) return State::broken;
      place = end + (view[end] == ' ' ? 1 : 0);
    }
    const auto number = base::parse_uint(words[0]);
    const auto length = base::parse_uint(words[2]);
    if (!number || *number > kMostNumber || !length || *length > max_data_bytes_) return State::broken;
    const auto size = static_cast<std::size_t>(*length);
    if (view.size() < place + size + 1) return State::partial;
    if (view[place + size] != '\n') return State::broken;
    frame = {*number, words[1], view.substr(place, size), false};
    at += place + size + 1;
    return State::whole;
  }

 private:
  static constexpr std::size_t kLongestWord = 32;
  static constexpr std::uint64_t kMostNumber = 999'999'999;
  const std::size_t max_data_bytes_;
};

// Sends the answers of one connection, whose batches may be answered in any order and thread.
class RelpAnswers {
 public:
  explicit RelpAnswers(std::shared_ptr<net::StreamConnection> connection)
      : connection_(std::move(connection)) {}

  void send(std::uint64_t number, std::string_view data) {
    connection_->send(std::to_string(number) + " rsp " + std::to_string(data.size()) + " " +
                      std::string(data) + "\n");
  }
  void begin() { under_way_.fetch_add(1); }
  void finish(const std::vector<std::uint64_t>& numbers, bool ok) {
    std::string text;
    for (const auto number : numbers) {
      text += std::to_string(number);
      text += ok ? " rsp 6 200 OK\n" : " rsp 19 500 not kept, again\n";
    }
    connection_->send(std::move(text));
    if (under_way_.fetch_sub(1) == 1 && closing_.load()) finish_close();
  }
  // Answers the client's close once all else is answered.
  void close(std::uint64_t number) {
    close_number_ = number;
    closing_.store(true);
    if (under_way_.load() == 0) finish_close();
  }

 private:
  void finish_close() {
    if (closed_.exchange(true)) return;
    connection_->send(std::to_string(close_number_) + " rsp 0\n0 serverclose 0\n");
    connection_->close();
  }

  const std::shared_ptr<net::StreamConnection> connection_;
  std::atomic<std::uint64_t> under_way_{0};
  std::uint64_t close_number_ = 0;
  std::atomic<bool> closing_{false}, closed_{false};
};

class RelpSession final : public net::StreamSession {
 public:
  RelpSession(std::shared_ptr<MessageCore> core, std::shared_ptr<net::StreamConnection> connection)
      : core_(std::move(core)),
        connection_(std::move(connection)),
        answers_(std::make_shared<RelpAnswers>(connection_)),
        reader_(core_->options.max_event_bytes),
        from_(core_->sources.of(connection_->peer().address)),
        extras_(peer_extras(connection_->peer())) {
    core_->counters.connection(1);
  }
  ~RelpSession() override { core_->counters.connection(-1); }

  std::size_t on_bytes(std::string_view bytes, bool at_end) override {
    std::size_t at = 0;
    std::uint64_t events = 0;
    while (!closed_ && at < bytes.size()) {
      RelpFrame frame;
      const auto state = reader_.next(bytes, at, frame);
      if (state == RelpReader::State::partial) break;
      if (state == RelpReader::State::broken) {
        refuse(bytes.substr(at), "bytes that are no RELP frame, or one longer than max_event_bytes");
        break;
      }
      if (frame.command == "syslog" && open_) {
        ++events;
        take(frame);
      } else {
        hand_over();
        on_command(frame);
      }
    }
    // What came together is one batch: its messages share a write to the disk.
    hand_over();
    if (events != 0 && !at_end) core_->flow.took(connection_, events);
    return closed_ || at_end ? bytes.size() : at;
  }

 private:
  void refuse(std::string_view bytes, std::string_view reason) {
    core_->counters.dropped("malformed", 1);
    core_->intake.dead_letter(core_->options.listener, from_.source, bytes.substr(0, 512), reason);
    closed_ = true;
    connection_->close();
  }

  void on_command(const RelpFrame& frame) {
    if (frame.command == "open") {
      open_ = true;
      answers_->send(frame.number, "200 OK\nrelp_version=0\nrelp_software=vedette\ncommands=syslog");
    } else if (frame.command == "close") {
      closed_ = true;
      answers_->close(frame.number);
    } else if (!open_) {
      refuse(frame.command, "a RELP command before open");
    } else {
      answers_->send(frame.number, "500 unknown command");
    }
  }

  void take(const RelpFrame& frame) {
    std::string_view message = frame.data;
    while (message.ends_with('\n') || message.ends_with('\0')) message.remove_suffix(1);
    numbers_.push_back(frame.number);
    if (message.empty()) return;
    from_.counters.took(1, message.size());
    writer_.add(message, extras_);
    if (writer_.size() >= kMostRecords || writer_.bytes() >= kMostBytes) hand_over();
  }

  void hand_over() {
    if (numbers_.empty()) return;
    answers_->begin();
    if (writer_.empty()) {
      answers_->finish(std::exchange(numbers_, {}), true);
      return;
    }
    model::RawBatch batch = writer_.take();
    batch.listener = core_->options.listener;
    batch.format = core_->options.format;
    batch.source = from_.source;
    batch.done = [answers = answers_, numbers = std::exchange(numbers_, {})](
                     const model::IntakeAnswer& answer) { answers->finish(numbers, answer.ok()); };
    core_->outbox->send(std::move(batch));
  }

  static constexpr std::size_t kMostRecords = 1024, kMostBytes = 1u << 20;
  const std::shared_ptr<MessageCore> core_;
  const std::shared_ptr<net::StreamConnection> connection_;
  const std::shared_ptr<RelpAnswers> answers_;
  RelpReader reader_;
  const PeerSource from_;
  const std::vector<Extra> extras_;
  BatchWriter writer_;
  std::vector<std::uint64_t> numbers_;
  bool open_ = false, closed_ = false;
};

}  // namespace

std::unique_ptr<net::StreamSession> make_relp_session(std::shared_ptr<MessageCore> core,
                                                      std::shared_ptr<net::StreamConnection> connection) {
  return std::make_unique<RelpSession>(std::move(core), std::move(connection));
}

ListenerInfo relp_listener() {
  ListenerInfo info;
  info.name = "relp";
  info.title = "RELP";
  info.summary =
      "Syslog messages by rsyslog's reliable protocol over TCP and TLS, acknowledged once durable.";
  info.default_listen = "127.0.0.1:2514";
  info.options = {format_key("syslog")};
  info.make = [](const ListenerContext& context, const base::ConfigSection& config) {
    return make_stream_listener("relp", context, config, make_relp_session);
  };
  return info;
}

}  // namespace vedette::ingest
