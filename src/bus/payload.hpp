// A batch as the payload of a record, and back.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "format.hpp"
#include "vedette/model/event.hpp"

namespace vedette::bus {

// A record that waits for its place in the log.
struct PackedRecord {
  RecordHeader header;  // all but offset and appended
  std::string bytes;    // kBytes of space for the header, then the payload
};

// ErrorCode::limit if the batch is larger than a record can be.
base::Result<PackedRecord> pack(const model::EventBatch& batch, Salt salt);

bool payload_is_whole(const RecordHeader& header, std::string_view payload, Salt salt);

// ErrorCode::corrupt for a payload that is whole and still no batch.
base::Result<std::shared_ptr<const model::EventBatch>> unpack(const RecordHeader& header,
                                                              std::string_view payload);

}  // namespace vedette::bus
