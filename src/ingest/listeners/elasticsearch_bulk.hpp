// The body of _bulk, and its answer, as Elasticsearch 8 has them.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "vedette/model/raw_batch.hpp"

namespace vedette::ingest {

enum class EsOp : std::uint8_t { index, create, update, remove };
inline constexpr std::size_t kEsOps = 4;
std::string_view es_op_name(EsOp op);  // "index", "create", "update", "delete"

struct EsError {
  int status = 400;
  std::string type;  // "mapper_parsing_exception"
  std::string reason;
  std::string_view label = "invalid";  // for counters
  std::string_view document = {};      // of an item that was refused, in the body
};

struct EsItem {
  static constexpr std::uint32_t kNone = UINT32_MAX;
  EsOp op = EsOp::index;
  std::uint32_t index = 0;       // of EsBulk::indices
  std::uint32_t record = kNone;  // of the batch; none: refused before
  std::uint32_t error = kNone;   // of EsBulk::errors
  std::string id;                // as sent; empty: none
};

struct EsBulk {
  std::vector<std::string> indices;
  std::vector<EsItem> items;
  std::vector<EsError> errors;
};

struct EsBulkLimits {
  std::uint64_t max_event_bytes = 1u << 20;
  std::size_t max_items = 250'000;
  std::size_t max_action_bytes = 16u << 10;
};

// "logs-nginx.access-default" -> "nginx.access" (a data stream: type-dataset-namespace); any other name is
// the dataset itself.
std::string_view es_dataset(std::string_view index);
// Nothing if the name may be an index; else what is wrong with it.
std::optional<std::string> es_index_fault(std::string_view index);

// Fills the items, and batch.records for those that are events, as places in `body`, which is batch.bytes.
// An answer refuses the whole request.
std::optional<EsError> parse_es_bulk(std::string_view body, std::string_view default_index,
                                     const EsBulkLimits& limits, EsBulk& bulk, model::RawBatch& batch);
// One document: the whole body.
void add_es_document(std::string_view body, EsOp op, std::string_view index, std::string_view id,
                     const EsBulkLimits& limits, EsBulk& bulk, model::RawBatch& batch);

// Which members of the answer of a bulk a filter_path asks for.
class EsBulkFilter {
 public:
  explicit EsBulkFilter(std::string_view filter_path);  // "": all
  enum Member : std::uint8_t {
    kIndex,
    kId,
    kVersion,
    kResult,
    kShards,
    kSeqNo,
    kPrimaryTerm,
    kStatus,
    kErrorType,
    kErrorReason,
    kErrorPlace,
    kMembers
  };
  bool took() const { return took_; }
  bool errors() const { return errors_; }
  bool wants(EsOp op, Member member) const { return items_[static_cast<std::size_t>(op)][member]; }

 private:
  bool took_ = true, errors_ = true;
  std::array<std::array<bool, kMembers>, kEsOps> items_{};
};

// What an item came to: its status, and the error if there is one.
struct EsItemOutcome {
  int status = 201;
  std::string_view result;       // "created"; empty: error
  std::uint64_t sequence = 0;    // of result "created"
  std::optional<EsError> error;  // of others
};
EsItemOutcome es_item_outcome(const EsBulk& bulk, const EsItem& item,
                              const std::vector<model::RecordOutcome>& outcomes);
// The id an item's event has in searches; empty if it has none.
std::string es_item_id(const EsItem& item, const EsItemOutcome& outcome);

std::string es_bulk_answer(const EsBulk& bulk, const std::vector<model::RecordOutcome>& outcomes,
                           std::int64_t took_ms, const EsBulkFilter& filter);
// {"error":{"root_cause":[...],"type":...,"reason":...},"status":...}
std::string es_error_body(const EsError& error);

}  // namespace vedette::ingest
