// Writes a file from front to back. Internal to the store.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "vedette/base/file_system.hpp"

namespace vedette::store::format {

class FrontToBack {
 public:
  explicit FrontToBack(base::File& file) : file_(file) {}
  std::uint64_t offset() const { return written_ + held_.size(); }
  base::Status write(std::string_view bytes) {
    held_ += bytes;
    return held_.size() < kHeldBytes ? base::ok_status() : flush();
  }
  base::Status flush() {
    TRY(file_.write_at(written_, held_));
    written_ += held_.size();
    held_.clear();
    return base::ok_status();
  }

 private:
  static constexpr std::size_t kHeldBytes = 1 << 20;
  base::File& file_;
  std::uint64_t written_ = 0;
  std::string held_;
};

}  // namespace vedette::store::format
