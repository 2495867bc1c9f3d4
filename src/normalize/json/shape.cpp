#include "json/shape.hpp"

#include <cmath>

#include "formats/formats.hpp"
#include "json/scan.hpp"
#include "vedette/base/json_writer.hpp"
#include "vedette/base/text.hpp"
#include "vedette/base/time.hpp"

namespace vedette::normalize::json {
namespace {

bool starts_object(std::string_view record) {
  const char* const end = record.data() + record.size();
  const char* at = skip_blanks(record.data(), end);
  if (at == end || *at != '{') return false;
  at = skip_blanks(at + 1, end);
  return at == end || *at == '"' || *at == '}';
}

// Reads as much of the record as there is: a sample may be cut off.
const Node* read_sample(std::string_view record, Document& document, base::Arena& arena) {
  if (!starts_object(record)) return nullptr;
  document.parse(record, arena);
  const Node* root = document.root();
  return root && root->is_object() ? root : nullptr;
}

// Depth is bounded by Document.
void append_node(std::string& out, const Node& node) {
  if (!node.is_container()) return model::append_json(out, node.value());
  const bool object = node.is_object();
  out += object ? '{' : '[';
  const Node* const end = node.end();
  for (const Node* member = node.first(); member != end; member = member->next()) {
    if (member != node.first()) out += ',';
    if (object) {
      base::append_json_string(out, member->key());
      out += ':';
    }
    append_node(out, *member);
  }
  out += object ? '}' : ']';
}

class ShapeParser final : public FormatParser {
 public:
  ShapeParser(const Shape& shape, const ParseContext& context)
      : shape_(shape), writer_(shape.open(context)) {}

  Outcome parse(std::string_view record, Row& row) override {
    if (!starts_object(record)) return Outcome::not_mine;
    const bool whole = document_.parse(record, row.arena());
    const Node* root = document_.root();
    if (!root) return Outcome::not_mine;
    const Top top(*root);
    if (shape_.match(top) < kSure) return Outcome::not_mine;
    writer_->write(top, row);
    if (!whole) row.fail(document_.error());
    return Outcome::parsed;
  }

 private:
  const Shape& shape_;
  std::unique_ptr<ShapeWriter> writer_;
  Document document_;
};

}  // namespace

int ShapeFormat::recognise(std::string_view record) const {
  Document document;
  base::Arena arena;
  const Node* root = read_sample(record, document, arena);
  return root ? shape_.match(Top(*root)) : 0;
}

std::unique_ptr<FormatParser> ShapeFormat::open(const ParseContext& context) const {
  return std::make_unique<ShapeParser>(shape_, context);
}

const Format* best_json_format(std::string_view record, int* score) {
  thread_local Document document;
  base::Arena arena(4096);
  const Node* root = read_sample(record, document, arena);
  if (!root) return nullptr;
  const Top top(*root);
  const Format* best = nullptr;
  int best_score = 0;
  for (const ShapeFormat* format : json_formats()) {
    const int match = format->shape().match(top);
    if (match > best_score) best = format, best_score = match;
  }
  if (score) *score = best_score;
  return best;
}

std::optional<base::TimeNs> time_of(const Node& node, int utc_offset_seconds) {
  switch (node.kind) {
    case Kind::integer:
      return node.integer > 0 ? base::from_epoch_number(node.integer) : std::nullopt;
    case Kind::real:
      return node.real > 0 ? base::from_epoch_number(node.real) : std::nullopt;
    case Kind::string:
      break;
    default:
      return std::nullopt;
  }
  const std::string_view text = node.string();
  if (text.size() < 8 || text.size() > 40) return std::nullopt;
  if (const auto time = base::parse_iso8601(text, utc_offset_seconds)) return time;
  if (text.find_first_not_of("0123456789") == std::string_view::npos) {
    const auto number = base::parse_int(text);
    return number && *number > 0 ? base::from_epoch_number(*number) : std::nullopt;
  }
  const auto number = base::parse_double(text);
  return number && *number > 0 ? base::from_epoch_number(*number) : std::nullopt;
}

std::optional<base::TimeNs> time_of(const Node* node) {
  return node ? time_of(*node) : std::nullopt;
}

void take_time(const Top& top, Row& row, std::initializer_list<std::string_view> names) {
  if (row.has_time()) return;
  for (const std::string_view name : names) {
    const Node* node = top.find(name);
    if (!node) continue;
    if (const auto time = time_of(*node)) return row.time(*time);
  }
}

std::string_view text_of(const Node& node, base::Arena& arena) {
  std::string out;
  append_node(out, node);
  return arena.copy(out);
}

}  // namespace vedette::normalize::json
