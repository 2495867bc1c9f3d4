#include "search/governor.hpp"

#include <fmt/format.h>

#include "vedette/base/time.hpp"

namespace vedette::store::search {

using model::Cut;

Governor::Governor(const model::SearchLimits& limits, const base::CancellationToken& cancellation)
    : limits_(limits), cancellation_(cancellation) {}

double Governor::seconds() const {
  return std::chrono::duration<double>(Clock::now() - started_).count();
}

bool Governor::proceed() {
  if (stopped()) return false;
  if (cancellation_.cancelled()) {
    cut(Cut::cancelled, "The search was cancelled.");
    return false;
  }
  if (limits_.timeout > 0 && Clock::now() - started_ >= std::chrono::nanoseconds(limits_.timeout)) {
    cut(Cut::time,
        fmt::format("The search took longer than its limit of {}.", base::format_duration(limits_.timeout)));
    return false;
  }
  return true;
}

bool Governor::visit(std::uint64_t rows) {
  if (stopped()) return false;
  if (visited_.fetch_add(rows) + rows <= limits_.max_rows_visited) return true;
  visited_.fetch_sub(rows);
  cut(Cut::rows,
      fmt::format("The search would look at more rows than its limit of {}.", limits_.max_rows_visited));
  return false;
}

bool Governor::charge(std::int64_t bytes) {
  memory_.fetch_add(bytes);
  return bytes <= 0 || has_room(0);
}

bool Governor::has_room(std::uint64_t bytes) {
  const std::int64_t now = memory_.load(std::memory_order_relaxed);
  const std::uint64_t used = now > 0 ? static_cast<std::uint64_t>(now) : 0;
  if (used <= limits_.max_memory && bytes <= limits_.max_memory - used) return true;
  cut(Cut::memory,
      fmt::format("The search needed more memory than its limit of {} bytes.", limits_.max_memory));
  return false;
}

void Governor::cut(Cut cut, std::string reason) {
  const std::lock_guard lock(mutex_);
  if (cut_ == Cut::none) {
    cut_ = cut;
    sentence_ = std::move(reason);
  }
  stopped_.store(true);
}

Cut Governor::reason() const {
  const std::lock_guard lock(mutex_);
  return cut_;
}

std::string Governor::sentence() const {
  const std::lock_guard lock(mutex_);
  return sentence_;
}

}  // namespace vedette::store::search
