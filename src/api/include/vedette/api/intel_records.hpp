// Indicators that people keep in the record store: written by the REST API, read by the node.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "vedette/base/result.hpp"
#include "vedette/base/time.hpp"
#include "vedette/ports/record_store.hpp"

namespace vedette::api {

// "indicators" (columns type, value, source, expires, added).
std::vector<ports::CollectionSchema> intel_collections();

inline constexpr std::size_t kMaxIndicatorBytes = 2048;       // of a value
inline constexpr std::uint64_t kMaxKeptIndicators = 200'000;  // in the record store; feeds bring more

struct IndicatorRecord {
  std::string id;     // of type and value: adding one again replaces it
  std::string type;   // ip, network, domain, url, hash, email, file_name
  std::string value;  // trimmed
  std::string tlp;    // clear, green, amber, amber+strict, red, or empty
  std::string source, description, author;
  base::TimeNs expires = 0, added = 0;  // expires 0: never
  std::uint64_t version = 0;
};
// The value as it is kept (trimmed, "[.]" and "hxxp" undone), or invalid_argument: no such type, or no value
// of it.
base::Result<std::string> checked_indicator(std::string_view type, std::string_view value);
std::string indicator_id(std::string_view type, std::string_view value);
ports::RecordWrite to_write(const IndicatorRecord& indicator);
base::Result<IndicatorRecord> indicator_of(const ports::StoredRecord& record);
// All that have not expired at `now`; at most kMaxKeptIndicators.
base::Result<std::vector<IndicatorRecord>> kept_indicators(const ports::RecordStore& records,
                                                           base::TimeNs now);

}  // namespace vedette::api
