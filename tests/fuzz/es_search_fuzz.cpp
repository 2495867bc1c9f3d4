// Any bytes as the body of _search: parsing and answering never crash, and every answer is JSON.
#include <cstdint>
#include <cstdlib>
#include <string>

#include <simdjson.h>

#include "support/naive_log_store.cpp"
#include "vedette/query/elasticsearch.hpp"

namespace {

constexpr std::string_view kEvents =
    R"({"@timestamp":"2026-03-01T10:00:00Z","event.dataset":"a","user.name":"alice","n":10,"a":1,"a.b":2}
{"@timestamp":"2026-03-01T12:00:00.123456Z","user.name":["bob","carol"],"n":2.5,"message":"failed login"}
{"n":null,"user.name":true,"_id":"own"}
)";

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto* const store = [] {
    auto* made = new vedette::test::NaiveLogStore;
    if (!made->append_ndjson(kEvents).ok()) std::abort();
    return made;
  }();
  const std::string body(reinterpret_cast<const char*>(data), size);
  const auto search = vedette::query::EsSearch::parse(body, 1'772'600'000'000'000'000);
  if (!search.ok()) return 0;
  const vedette::base::CancellationToken never;
  const auto answer = (*search)->run(*store, never);
  if (!answer.ok()) return 0;
  simdjson::dom::parser parser;
  if (parser.parse(*answer).error() != simdjson::SUCCESS) std::abort();
  return 0;
}
