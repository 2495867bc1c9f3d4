// A partition of a log that another process may be writing.
#pragma once

#include <optional>

#include "partition.hpp"

namespace vedette::bus {

// Thread safe. Sees what the file "durable" says; if that is missing or damaged, every whole record.
class FollowedPartition final : public Partition {
 public:
  using Partition::Partition;
  base::Result<std::vector<ports::Record>> read(std::uint64_t offset, std::size_t max_bytes,
                                                std::chrono::milliseconds wait) override;
  ports::Bus::Bounds bounds() override;
  void refresh();

 private:
  // Under mutex_.
  std::optional<DurableMark> read_mark();
  void follow(const DurableMark& mark);
  void examine();

  // Guarded by mutex_.
  std::unique_ptr<base::File> mark_file_;
  std::optional<DurableMark> mark_;  // the one that was followed last
  std::uint64_t first_ = 1;
  std::uint64_t examined_segment_ = 0, examined_bytes_ = 0;
};

}  // namespace vedette::bus
