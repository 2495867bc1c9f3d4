// Walks over the records of a segment file, past whatever is damaged.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "format.hpp"
#include "vedette/base/file_system.hpp"

namespace vedette::bus {

// A part of a file in memory. Not thread safe.
class FileWindow {
 public:
  // Reads `chunk` bytes at a time, none beyond `limit`.
  FileWindow(const base::File& file, std::uint64_t limit, std::size_t chunk)
      : file_(file), limit_(limit), chunk_(chunk) {}
  // At least `size` bytes from `position` on, fewer only at the limit, the end of the file or where it cannot
  // be read. Valid until the next call.
  std::string_view at(std::uint64_t position, std::size_t size);
  // Whether the system ever refused to read.
  bool failed() const { return failed_; }

 private:
  const base::File& file_;
  const std::uint64_t limit_;
  const std::size_t chunk_;
  std::string buffer_;
  std::uint64_t start_ = 0;
  std::size_t filled_ = 0;
  bool failed_ = false;
};

class SegmentScanner {
 public:
  struct Range {
    std::uint64_t begin = 0;                // position in the file
    std::uint64_t bytes = 0;                // how much of the file counts
    std::uint64_t first_offset = 0;         // no record before it is valid
    std::uint64_t limit_offset = kNoLimit;  // the walk ends at a record of this offset or a later one
  };
  enum class Kind { record, damage, end };
  struct Step {
    Kind kind = Kind::end;
    std::uint64_t position = 0;
    std::uint64_t bytes = 0;
    RecordHeader header;  // of a record
  };

  SegmentScanner(const base::File& file, const Range& range, Salt salt, std::size_t chunk)
      : window_(file, range.bytes, chunk), range_(range), salt_(salt), position_(range.begin) {}

  // The next record whose header is whole (its payload is not looked at), or the damaged bytes before it.
  Step next();
  // The payload of a record that next() gave, whole or not. Valid until the next call.
  std::string_view payload(const Step& record);
  bool failed() const { return window_.failed(); }

 private:
  bool header_at(std::uint64_t position, RecordHeader& header);
  Step damage_to(std::uint64_t end);
  std::uint64_t resync(std::uint64_t from);

  FileWindow window_;
  Range range_;
  const Salt salt_;
  std::uint64_t position_;
};

}  // namespace vedette::bus
