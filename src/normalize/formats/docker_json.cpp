// Container output as Docker's json-file driver keeps it: {"log": line, "stream": ..., "time": ...}. The line
// goes to the formats that may stand in a message.
#include "formats/formats.hpp"
#include "json/shape.hpp"

namespace vedette::normalize {
namespace {

namespace field = model::field;
using json::Node;
using json::PathId;
using json::PathTree;
using json::Top;

int match_docker(const Top& top) {
  const Node* log = top.find("log");
  return log && log->is_string() && !top.text("stream").empty() && top.has("time") ? 98 : 0;
}

class DockerWriter final : public json::ShapeWriter {
 public:
  explicit DockerWriter(const ParseContext& context) : payloads_(context.payloads) {}

  void write(const Top& top, Row& row) override {
    json::take_time(top, row, {"time"});
    PathId previous = PathTree::kNone;
    const Node* const end = top.object().end();
    for (const Node* node = top.object().first(); node != end; node = node->next()) {
      if (node->key() != "log" && node->key() != "time") {
        previous = flattener_.member(*node, PathTree::kRoot, previous, row);
      }
    }
    std::string_view line = top.text("log");
    while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
    const bool taken = payloads_ && !line.empty() && payloads_->parse_payload(line, {}, row);
    if (!taken) row.dataset("docker", "docker.container_logs");
    if (!row.builder().find_open(field::message)) row.ref(field::message, line);
  }

 private:
  PayloadParser* payloads_;
  json::Flattener flattener_;
};

}  // namespace

const json::ShapeFormat& docker_json_format() {
  static const json::ShapeFormat format(
      {{.name = "docker-json",
        .title = "Docker json-file",
        .summary = "The output of containers, as Docker's json-file driver keeps it.",
        .framing = Framing::json},
       match_docker,
       json::open_writer<DockerWriter>});
  return format;
}

}  // namespace vedette::normalize
