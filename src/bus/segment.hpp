// One file of a partition: a header and records.
#pragma once

#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "context.hpp"
#include "segment_scanner.hpp"
#include "vedette/ports/bus.hpp"

namespace vedette::bus {

// Thread safe, except that one thread at a time appends.
class Segment {
 public:
  Segment(Context& context, std::string path, std::uint64_t first_offset)
      : context_(context), path_(std::move(path)), first_offset_(first_offset) {}

  // A new file with its header written, not synced.
  static base::Result<std::shared_ptr<Segment>> create(Context& context, const std::string& folder,
                                                       const SegmentHeader& header);

  // Reads the header of an existing file; a damaged one is reported, and the records are read all the same. A
  // file that ends within its header is not: the writer may have begun it just now, or died then.
  void load_header();
  // Reports that case, of a file that is not the newest and so was whole once.
  void report_unfinished_header();
  bool header_is_whole() const { return header_is_whole_; }
  const SegmentHeader& header() const { return header_; }
  std::uint64_t first_offset() const { return first_offset_; }
  const std::string& path() const { return path_; }

  // The file, opened if it is not.
  base::Result<std::shared_ptr<base::File>> file(base::FileSystem::Open mode = base::FileSystem::Open::read);
  // Closes the file when the last reader is done with it.
  void release_file();
  base::Result<std::uint64_t> file_bytes();

  struct Tail {
    std::uint64_t bytes = 0;     // up to the end of the last whole record
    std::uint64_t data_end = 0;  // the offset after it; first_offset() if there is none
    std::uint64_t cut = 0;       // bytes after it
    bool readable = true;        // false: the system refused to read, so there may be more
  };
  // Reads and checks everything; reports damage that whole records follow.
  Tail find_tail(std::uint64_t bytes);

  struct Limits {
    std::uint64_t bytes = 0;
    std::uint64_t offset = kNoLimit;
  };
  // How much of the file may be read; all of it unless said otherwise.
  void set_readable_bytes(std::uint64_t bytes) { readable_bytes_ = bytes; }
  std::uint64_t readable_bytes();

  // Appends the records from the one that holds `offset` on (at least one if there is any) while `room`
  // (bytes once decompressed) lasts. True if it came to the end of the segment. Only errors of opening.
  base::Result<bool> read(std::uint64_t offset, const Limits& limits, std::size_t& room,
                          std::vector<ports::Record>& out);
  // For the sparse index: a record that starts at `position`.
  void note(std::uint64_t offset, std::uint64_t position);
  std::vector<std::string> verify(const Limits& limits);

 private:
  struct Place {
    std::uint64_t offset, position;
  };
  Place place_before(std::uint64_t offset) const;
  void report_damage(std::uint64_t position, std::uint64_t bytes);

  Context& context_;
  const std::string path_;
  const std::uint64_t first_offset_;
  SegmentHeader header_;
  bool header_is_whole_ = false, header_is_unfinished_ = false;

  std::atomic<std::uint64_t> readable_bytes_{kNoLimit};
  mutable std::mutex mutex_;              // guards what follows
  std::shared_ptr<base::File> file_;      // null until needed
  std::vector<Place> index_;              // in order, kIndexBytes apart
  std::set<std::uint64_t> known_damage_;  // positions
};

}  // namespace vedette::bus
