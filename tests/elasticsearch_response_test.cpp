// Bodies of _search to responses over tests/query/elasticsearch/events.ndjson: cases of
// tests/query/elasticsearch/responses/*.yml, an entry each of
//   body  the JSON text
//   part  what is compared: a JSON pointer into the response; empty: all but "took"
//   json  its JSON
#include <map>

#include <gtest/gtest.h>
#include <simdjson.h>

#include "support/naive_log_store.hpp"
#include "vedette/base/files.hpp"
#include "vedette/base/json_writer.hpp"
#include "vedette/base/time.hpp"
#include "vedette/base/yaml.hpp"
#include "vedette/query/elasticsearch.hpp"

namespace vedette::query {
namespace {

// Numbers by value, spaces dropped, "took" left out.
void normalize(base::JsonWriter& json, simdjson::dom::element element) {
  using Type = simdjson::dom::element_type;
  switch (element.type()) {
    case Type::OBJECT: {
      const simdjson::dom::object object = element.get_object();
      json.begin_object();
      for (const auto member : object) {
        if (member.key == "took") continue;
        json.key(member.key);
        normalize(json, member.value);
      }
      json.end_object();
      return;
    }
    case Type::ARRAY: {
      const simdjson::dom::array array = element.get_array();
      json.begin_array();
      for (const auto item : array) normalize(json, item);
      json.end_array();
      return;
    }
    case Type::INT64:
    case Type::UINT64:
    case Type::DOUBLE:
      json.number(element.get_double().value());
      return;
    default:
      json.raw(simdjson::minify(element));
  }
}

std::string normalized(std::string_view text, std::string_view pointer) {
  simdjson::dom::parser parser;
  simdjson::dom::element element;
  if (parser.parse(std::string(text)).get(element) != simdjson::SUCCESS)
    return "no JSON: " + std::string(text);
  if (!pointer.empty() && element.at_pointer(pointer).get(element) != simdjson::SUCCESS) {
    return "no such part: " + std::string(text);
  }
  std::string out;
  base::JsonWriter json(out);
  normalize(json, element);
  return out;
}

TEST(ElasticsearchResponse, Cases) {
  const auto events = base::read_file("tests/query/elasticsearch/events.ndjson");
  ASSERT_TRUE(events.ok());
  test::NaiveLogStore store;
  ASSERT_TRUE(store.append_ndjson(*events).ok());
  const auto files = base::list_files("tests/query/elasticsearch/responses", {".yml"});
  ASSERT_TRUE(files.ok());
  const auto now = base::parse_iso8601("2026-03-04T05:06:07.089Z");
  const base::CancellationToken never;
  int cases = 0;
  for (const std::string& file : *files) {
    const auto text = base::read_file(file);
    ASSERT_TRUE(text.ok());
    const auto yaml = base::parse_yaml(*text, file);
    ASSERT_TRUE(yaml.diagnostics.empty()) << file << yaml.diagnostics.front().message;
    for (const auto& entry : yaml.documents.at(0).items) {
      SCOPED_TRACE(file + ":" + std::to_string(entry.span.line) + " " + std::string(entry.text("body")));
      ++cases;
      const auto search = EsSearch::parse(entry.text("body"), *now);
      ASSERT_TRUE(search.ok()) << search.error().message;
      const auto answer = (*search)->run(store, never);
      ASSERT_TRUE(answer.ok()) << answer.error().message;
      EXPECT_EQ(normalized(*answer, entry.text("part")), normalized(entry.text("json"), ""));
    }
  }
  EXPECT_GE(cases, 40);
}

}  // namespace
}  // namespace vedette::query
