// The JSON reader beside simdjson: what is valid JSON must be read by both, and what ours takes beyond it is
// stated.
#include <cstdint>
#include <cstdlib>
#include <string>

#include <simdjson.h>

#include "json/flatten.hpp"
#include "vedette/base/text.hpp"
#include "vedette/model/event.hpp"

namespace {

using namespace vedette;
using namespace vedette::normalize;

bool has_control(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\r' && c != '\t') return true;
  }
  return false;
}

void flatten(const json::Document& document, Row& row) {
  static json::Flattener flattener;  // kept over inputs, as over the records of a stream
  if (document.root() && document.root()->is_object()) {
    flattener.members(*document.root(), json::PathTree::kRoot, row);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  model::BatchBuilder builder(std::make_shared<model::Source>());
  model::FieldCache names;
  builder.begin_row(1);
  Row row(builder, names);
  json::Document document;
  const bool ours = document.parse(text, builder.arena());
  flatten(document, row);
  builder.end_row();
  const auto batch = builder.finish();
  std::string out;
  model::append_json(out, (*batch)[0]);

  simdjson::dom::parser parser(text.size() + simdjson::SIMDJSON_PADDING);
  if (parser.allocate(text.size() + 64, json::Document::kMaxDepth) != simdjson::SUCCESS) return 0;
  simdjson::dom::element element;
  const auto error = parser.parse(text).get(element);
  if (error == simdjson::SUCCESS && !ours) std::abort();
  // simdjson refuses what ours takes for these reasons only.
  const bool stated = error == simdjson::NUMBER_ERROR || error == simdjson::UTF8_ERROR ||
                      error == simdjson::STRING_ERROR || error == simdjson::DEPTH_ERROR ||
                      error == simdjson::UNESCAPED_CHARS || error == simdjson::CAPACITY;
  const bool plain = base::is_valid_utf8(text) && !has_control(text);
  if (error != simdjson::SUCCESS && ours && plain && !stated) std::abort();

  // What it writes is JSON again.
  simdjson::dom::parser again;
  if (again.parse(out).get(element) != simdjson::SUCCESS) std::abort();
  return 0;
}
