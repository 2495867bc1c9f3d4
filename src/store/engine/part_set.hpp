// The parts of a store as a search sees them: an immutable list. Internal to the store.
#pragma once

#include <memory>
#include <vector>

#include "manifest.hpp"
#include "part.hpp"
#include "vedette/store/store.hpp"

namespace vedette::store {

struct Part {
  PartEntry entry;
  std::shared_ptr<const PartReader> reader;
};
using PartPtr = std::shared_ptr<const Part>;
using PartSet = std::vector<PartPtr>;  // by number

// Opens the part and compares it with its entry.
base::Result<PartPtr> open_part(base::FileSystem& files, const std::string& root, PartEntry entry);

// By dataset and day.
std::vector<DatasetUse> use_of(const PartSet& parts);

// Calls `visit` with every sequence number of the part, in no order.
template <typename Visit>
base::Status for_each_sequence(const PartReader& reader, Visit visit) {
  for (std::size_t index = 0; index < reader.blocks().size(); ++index) {
    TRY_ASSIGN(const auto block, reader.open_block(index));
    TRY_ASSIGN(const auto sequences, block->sequences());
    for (const std::uint64_t sequence : sequences) visit(sequence);
  }
  return base::ok_status();
}

}  // namespace vedette::store
