// The embedded durable log: ports::Bus in a folder of segment files (docs/formats/log.md).
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "vedette/base/file_system.hpp"
#include "vedette/base/result.hpp"
#include "vedette/ports/bus.hpp"

namespace vedette::bus {

struct LogOptions {
  std::string folder;
  bool read_only = false;  // another process may be writing; append and commit are refused
  bool sync = true;        // fdatasync before an acknowledgement
  std::uint64_t segment_bytes = 128u << 20;
  std::chrono::microseconds gather{0};  // how long a group commit waits for company
  std::uint64_t max_in_flight_bytes = 64u << 20;
  std::uint64_t first_offset = 1;            // appends get at least this one, in every partition
  std::uint64_t reserve_bytes = 256u << 20;  // below this much free space appends are refused (no_space)
  std::uint64_t retain_bytes = 0;            // of a partition that all groups have done with; 0: none
  std::uint64_t max_bytes = 0;               // of a partition, whatever the groups; 0: no bound
  std::uint64_t cache_bytes = 64u << 20;     // newest batches kept decoded for readers close to the end
  bool always_decode = false;                // tests: readers never get the very batch that was appended
  std::function<void(const std::string&)> report;  // a sentence about something that went wrong or was mended
};

// Opens or makes the folder; recovers: a torn tail is cut, damaged records are skipped, counted and reported,
// never returned. busy if another process has it open for writing.
class Log : public ports::Bus {
 public:
  static base::Result<std::unique_ptr<Log>> open(base::FileSystem& files, LogOptions options);

  struct Damage {
    std::uint64_t torn_tails = 0, records = 0, bytes = 0;
  };
  virtual Damage damage() const = 0;
  struct Use {
    std::uint64_t segments = 0, bytes = 0;
  };
  virtual Use use() const = 0;
  // Reads every segment and checks every checksum; sentences about what is damaged.
  virtual std::vector<std::string> verify() const = 0;
  // New groups that have not committed hold everything back; a name no longer in use can be forgotten.
  virtual base::Status forget_group(const std::string& group) = 0;
  // Removes segments as retention allows. Also done after appends and commits.
  virtual base::Status retain() = 0;
};

}  // namespace vedette::bus
