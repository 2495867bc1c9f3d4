// EventBatch as bytes and back: what the log holds and what crosses from one process to another. Format:
// docs/formats/event_batch.md.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "vedette/base/result.hpp"
#include "vedette/model/event.hpp"

namespace vedette::model {

// Appends the batch. Everything but sequence numbers is kept: sources, positions, times, types, null values,
// lists, invalid UTF-8, the order of rows. Not compressed.
void encode_batch(std::string& out, const EventBatch& batch);

// The values point into `bytes`, which the batch holds. Rows get the sequence numbers first_sequence,
// first_sequence + 1, ... ErrorCode::corrupt for any input that encode_batch cannot have made; never reads
// outside `bytes`, never allocates more than a small multiple of them.
base::Result<std::shared_ptr<const EventBatch>> decode_batch(std::shared_ptr<const std::string> bytes,
                                                             std::uint64_t first_sequence);

// `batch` with sequence numbers first_sequence, ...: a cheap copy of its rows that shares cells and text.
std::shared_ptr<const EventBatch> with_sequences(std::shared_ptr<const EventBatch> batch,
                                                 std::uint64_t first_sequence);

}  // namespace vedette::model
