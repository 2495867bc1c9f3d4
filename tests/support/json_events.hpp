// Events from NDJSON, field for field, without mappings: "@timestamp" becomes the event time, objects become
// dotted names.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "vedette/model/event.hpp"

namespace vedette::test {

// Throws on malformed input.
std::shared_ptr<const model::EventBatch> events_of_json(std::string_view ndjson,
                                                        const std::string& source = "test");

}  // namespace vedette::test
