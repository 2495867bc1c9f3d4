// What the parts of one open log share.
#pragma once

#include <atomic>
#include <string>

#include "format.hpp"
#include "vedette/base/file_system.hpp"
#include "vedette/bus/log.hpp"

namespace vedette::bus {

// Thread safe.
class Reporter {
 public:
  explicit Reporter(std::function<void(const std::string&)> report) : report_(std::move(report)) {}

  void say(const std::string& sentence) const {
    if (report_) report_(sentence);
  }
  void torn_tail(const std::string& path, std::uint64_t bytes) {
    ++torn_tails_;
    bytes_ += bytes;
    say(path + ": cut an unfinished end of " + std::to_string(bytes) + " bytes");
  }
  void damaged(const std::string& path, std::uint64_t position, std::uint64_t bytes, bool tell) {
    ++records_;
    bytes_ += bytes;
    if (!tell) return;
    say(path + ": skipped " + std::to_string(bytes) + " damaged bytes at " + std::to_string(position));
  }
  Log::Damage damage() const { return {torn_tails_, records_, bytes_}; }

 private:
  const std::function<void(const std::string&)> report_;
  std::atomic<std::uint64_t> torn_tails_{0}, records_{0}, bytes_{0};
};

struct Context {
  Context(base::FileSystem& files_used, LogOptions given)
      : files(files_used), options(std::move(given)), reporter(options.report) {}

  base::FileSystem& files;
  const LogOptions options;
  Reporter reporter;
  Salt salt = 0;
  std::atomic<bool> closing{false};
};

}  // namespace vedette::bus
