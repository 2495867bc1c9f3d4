// Rows that are not yet sealed, as a Segment. Internal to the store.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "segment.hpp"
#include "vedette/model/event.hpp"

namespace vedette::store {

// Sorts the rows of the batches by (time, sequence) and cuts them into blocks of at most `block_rows`;
// columns are made (as Form::values) when they are asked for. Thread safe.
std::shared_ptr<const Segment> make_memory_segment(
    std::string name, std::vector<std::shared_ptr<const model::EventBatch>> batches,
    std::uint32_t block_rows = kBlockRows);

}  // namespace vedette::store
