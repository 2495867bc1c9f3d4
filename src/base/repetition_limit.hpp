// Counts entries of a log that repeat, so that a flood of equal messages becomes a few lines.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "vedette/base/logger.hpp"
#include "vedette/base/time.hpp"

namespace vedette::base {

// Not thread safe. Times never go back.
class RepetitionLimit {
 public:
  static constexpr int kEntries = 10;
  static constexpr TimeNs kWindow = 10 * kNsPerSecond;
  static constexpr std::size_t kMaxMessages = 1024;  // told apart at a time

  struct Untold {
    LogLevel level;
    std::string message;
    std::uint64_t count;
  };

  // Whether the entry is to be written; otherwise it was counted.
  bool admit(LogLevel level, std::string_view message, TimeNs now);
  // What was held back in windows that ended before `now`.
  std::vector<Untold> take_ended(TimeNs now);
  std::vector<Untold> take_all();

 private:
  struct Window {
    TimeNs begin = 0;
    std::uint64_t entries = 0;
  };
  std::map<std::pair<LogLevel, std::string>, Window> windows_;
  TimeNs next_end_ = 0;  // no window ends before
};

}  // namespace vedette::base
