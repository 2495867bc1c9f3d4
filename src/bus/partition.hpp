// The records of one topic-partition for readers: what the writing and the following kind have in common.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "segment.hpp"

namespace vedette::bus {

// Thread safe.
class Partition {
 public:
  Partition(Context& context, std::string folder) : context_(context), folder_(std::move(folder)) {}
  Partition(const Partition&) = delete;
  Partition& operator=(const Partition&) = delete;
  virtual ~Partition() = default;

  virtual base::Result<std::vector<ports::Record>> read(std::uint64_t offset, std::size_t max_bytes,
                                                        std::chrono::milliseconds wait) = 0;
  virtual ports::Bus::Bounds bounds();
  std::uint64_t next();  // the offset that the next record gets
  Log::Use use();
  std::vector<std::string> verify();
  // Wakes the readers because the log closes.
  void wake();

 protected:
  // The segments in the folder whose first offset is at most `newest`; those already known stay. Under
  // mutex_.
  base::Status list_segments(std::uint64_t newest);
  std::uint64_t begin() const;  // under mutex_
  base::Error retained(std::uint64_t begin) const;
  // Records from `offset` on. Takes mutex_ for moments.
  base::Result<std::vector<ports::Record>> read_segments(std::uint64_t offset, std::size_t max_bytes);

  Context& context_;
  const std::string folder_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::vector<std::shared_ptr<Segment>> segments_;  // by first offset
  std::uint64_t data_end_ = 1;                      // end of the last record
  std::uint64_t next_ = 1;                          // offset of the next record

 private:
  struct Piece {
    std::shared_ptr<Segment> segment;
    std::uint64_t limit_offset = kNoLimit;
    std::uint64_t following = kNoLimit;  // first offset of the next segment
  };
  Piece piece_at(std::size_t index) const;  // under mutex_
  bool find_piece(std::uint64_t offset, Piece& piece);
  void limit_open_files(const Segment& used);

  std::vector<std::weak_ptr<Segment>> opened_;  // oldest first
};

}  // namespace vedette::bus
