// Entries of the systemd journal as `journalctl -o json` writes them. The message goes to the formats that
// may stand in a syslog message.
#include "formats/formats.hpp"
#include "json/shape.hpp"

namespace vedette::normalize {
namespace {

namespace field = model::field;
using json::Kind;
using json::Node;
using json::PathTree;
using json::Top;

int match_journald(const Top& top) {
  if (!top.has("__REALTIME_TIMESTAMP"))
    return top.has("_SOURCE_REALTIME_TIMESTAMP") && top.has("MESSAGE") ? 90 : 0;
  return top.has("MESSAGE") || top.has("__CURSOR") ? 99 : 80;
}

// Text, or the list of byte values that stands for what is no UTF-8.
std::string_view message_of(const Node& node, base::Arena& arena) {
  if (node.is_string()) return node.string();
  if (node.kind != Kind::array) return {};
  char* const bytes = arena.allocate(node.size);
  std::size_t size = 0;
  const Node* const end = node.end();
  for (const Node* item = node.first(); item != end; item = item->next()) {
    if (item->kind != Kind::integer || item->integer < 0 || item->integer > 255) return {};
    bytes[size++] = static_cast<char>(static_cast<unsigned char>(item->integer));
  }
  return {bytes, size};
}

class JournaldWriter final : public json::ShapeWriter {
 public:
  explicit JournaldWriter(const ParseContext& context) : payloads_(context.payloads) {}

  void write(const Top& top, Row& row) override {
    json::take_time(top, row, {"_SOURCE_REALTIME_TIMESTAMP", "__REALTIME_TIMESTAMP"});
    std::string_view message;
    PathId previous = PathTree::kNone;
    const Node* const end = top.object().end();
    for (const Node* node = top.object().first(); node != end; node = node->next()) {
      if (node->key() == "MESSAGE") {
        message = message_of(*node, row.arena());
        if (!message.empty()) continue;
      }
      previous = flattener_.member(*node, PathTree::kRoot, previous, row);
    }
    std::string_view program = top.text("SYSLOG_IDENTIFIER");
    if (program.empty()) program = top.text("_COMM");
    if (!program.empty()) row.ref(field::log_syslog_appname, program);
    const bool taken = payloads_ && !message.empty() && payloads_->parse_payload(message, program, row);
    if (!taken) row.dataset("system", "system.syslog");
    if (!message.empty() && !row.builder().find_open(field::message)) row.ref(field::message, message);
  }

 private:
  using PathId = json::PathId;
  PayloadParser* payloads_;
  json::Flattener flattener_;
};

}  // namespace

const json::ShapeFormat& journald_json_format() {
  static const json::ShapeFormat format(
      {{.name = "journald-json",
        .title = "systemd journal (JSON)",
        .summary = "Entries of the systemd journal, as journalctl -o json writes them.",
        .framing = Framing::json},
       match_journald,
       json::open_writer<JournaldWriter>});
  return format;
}

}  // namespace vedette::normalize
