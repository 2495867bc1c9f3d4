// A role's checkpoint: a snapshot of its state with the offset up to which it saw the log, in one file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "vedette/base/result.hpp"

namespace vedette::node {

struct Checkpoint {
  std::uint64_t offset = 0;
  std::string snapshot;
};

// `name` says whose it is and its version: "vedette-detect-checkpoint 1". Replaces the file as a whole.
base::Status write_checkpoint(const std::string& file, std::string_view name, const Checkpoint& checkpoint);
// Nothing: there is no such file. corrupt: it is cut, changed or of another name.
base::Result<std::optional<Checkpoint>> read_checkpoint(const std::string& file, std::string_view name);

}  // namespace vedette::node
