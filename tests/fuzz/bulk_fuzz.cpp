// Any bytes as the body of _bulk: records lie within it, every item has a record or an error, and the answer
// is JSON. The first byte chooses a filter_path.
#include <cstddef>
#include <cstdint>
#include <string>

#include <simdjson.h>

#include "listeners/elasticsearch_bulk.hpp"
#include "vedette/base/check.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace vedette;
  using namespace vedette::ingest;
  if (size == 0) return 0;
  static constexpr std::string_view kFilters[] = {"", "errors,items.*.error,items.*.status", "took",
                                                  "**._id,-items.index"};
  const std::string body(reinterpret_cast<const char*>(data) + 1, size - 1);
  EsBulkLimits limits;
  limits.max_event_bytes = 256;
  limits.max_items = 1000;
  EsBulk bulk;
  model::RawBatch batch;
  if (parse_es_bulk(body, "default", limits, bulk, batch)) return 0;
  CHECK(bulk.items.size() <= limits.max_items);
  std::size_t records = 0;
  for (const EsItem& item : bulk.items) {
    CHECK(item.index < bulk.indices.size());
    CHECK((item.record == EsItem::kNone) != (item.error == EsItem::kNone));
    records += item.record != EsItem::kNone ? 1 : 0;
  }
  CHECK(records == batch.records.size());
  for (const auto& record : batch.records)
    CHECK(record.size <= 256 && record.offset + record.size <= body.size());

  const std::string answer = es_bulk_answer(bulk, std::vector<model::RecordOutcome>(records), 1,
                                            EsBulkFilter(kFilters[data[0] % 4]));
  simdjson::dom::parser parser;
  CHECK(parser.parse(answer).error() == simdjson::SUCCESS);
  EsBulkFilter any(std::string_view(body).substr(0, 256));
  CHECK(es_bulk_answer(bulk, {}, 1, any).starts_with('{'));
  return 0;
}
