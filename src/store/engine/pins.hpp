// Pins: names for sets of sequence numbers whose parts retention must not drop. Internal to the store.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "part_set.hpp"
#include "vedette/base/file_system.hpp"

namespace vedette::store {

inline constexpr std::size_t kMaxPinnedSequences = 1'000'000;  // of one pin
inline constexpr std::size_t kMaxPinBytes = 32u << 20;

std::string encode_pin(std::vector<std::uint64_t> sequences);
base::Result<std::vector<std::uint64_t>> decode_pin(std::string_view bytes);

// Thread safe.
class PinBook {
 public:
  PinBook(base::FileSystem& files, std::string folder) : files_(files), folder_(std::move(folder)) {}

  // Reads all pins; the names of files that are damaged.
  std::vector<std::string> load();
  base::Status pin(const std::string& name, const std::vector<std::uint64_t>& sequences);
  base::Status unpin(const std::string& name);
  // Pinned sequence numbers in [low, high], in order.
  std::vector<std::uint64_t> in_range(std::uint64_t low, std::uint64_t high) const;

 private:
  base::FileSystem& files_;
  const std::string folder_;
  mutable std::mutex mutex_;  // guards pins_ and the files
  std::map<std::string, std::vector<std::uint64_t>> pins_;
};

}  // namespace vedette::store
