// What one file on disk may grow to.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>

#include "vedette/ingest/inputs.hpp"

namespace vedette::ingest {

// Shared by all layers of one file on disk. It bounds what the layers of an archive add up to, which bounds
// on single members do not: members may overlap in the archive, and small bombs may be many.
class ReadBudget {
 public:
  explicit ReadBudget(const InputLimits& limits) : limits_(limits) {}

  const InputLimits& limits() const { return limits_; }
  // The compressed bytes; for a pipe, those read so far.
  void set_disk_bytes(std::uint64_t bytes) { disk_bytes_ = bytes; }

  base::Status charge(std::uint64_t bytes) {
    charged_ += bytes;
    if (!exhausted_ && passes_ratio(charged_, disk_bytes_)) exhausted_ = true;
    if (exhausted_) return ratio_error("the whole file", "; nothing more is read from it");
    return base::ok_status();
  }
  base::Status count_member() {
    if (++members_ <= limits_.max_members) return base::ok_status();
    exhausted_ = true;
    return base::make_error(base::ErrorCode::limit, "has more than " + std::to_string(limits_.max_members) +
                                                        " members; the rest are not read");
  }
  // True once the rest of the file must not be read.
  bool exhausted() const { return exhausted_; }

  bool passes_ratio(std::uint64_t decompressed, std::uint64_t compressed) const {
    return decompressed > kFreeBytes &&
           decompressed / std::max<std::uint64_t>(limits_.max_ratio, 1) > compressed;
  }
  base::Error ratio_error(std::string_view what, std::string_view consequence = {}) const {
    return base::make_error(base::ErrorCode::limit, std::string(what) + " decompresses to more than " +
                                                        std::to_string(limits_.max_ratio) +
                                                        " times its size" + std::string(consequence));
  }

 private:
  static constexpr std::uint64_t kFreeBytes = std::uint64_t{64} << 20;

  const InputLimits& limits_;
  std::uint64_t disk_bytes_ = 0;
  std::uint64_t charged_ = 0;
  std::size_t members_ = 0;
  bool exhausted_ = false;
};

// Bounds the output of one decompressed stream or member.
class OutputGuard {
 public:
  // `growth` charges the budget with what the output exceeds the input by; `all` with the whole output, for
  // members that may share their input with others.
  enum class Charge : std::uint8_t { growth, all };
  OutputGuard(ReadBudget& budget, Charge charge) : budget_(&budget), charge_(charge) {}

  // After `produced` more bytes came out, with `consumed` bytes gone in altogether.
  base::Status add(std::uint64_t produced, std::uint64_t consumed) {
    produced_ += produced;
    const std::uint64_t due = charge_ == Charge::all ? produced_ : produced_ - std::min(produced_, consumed);
    const std::uint64_t more = due - std::min(due, charged_);
    charged_ += more;
    TRY(budget_->charge(more));
    if (produced_ > budget_->limits().max_member_bytes) {
      return base::make_error(
          base::ErrorCode::limit,
          "decompresses to more than " + std::to_string(budget_->limits().max_member_bytes) + " bytes");
    }
    if (budget_->passes_ratio(produced_, consumed)) return budget_->ratio_error("it");
    return base::ok_status();
  }

 private:
  ReadBudget* budget_;
  Charge charge_;
  std::uint64_t produced_ = 0;
  std::uint64_t charged_ = 0;
};

}  // namespace vedette::ingest
