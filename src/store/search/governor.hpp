// The limits of one search, shared by its threads.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>

#include "vedette/base/cancellation.hpp"
#include "vedette/model/search.hpp"

namespace vedette::store::search {

// Thread safe. The first limit that is passed stops the search and is its reason.
class Governor {
 public:
  Governor(const model::SearchLimits& limits, const base::CancellationToken& cancellation);

  bool stopped() const { return stopped_.load(std::memory_order_relaxed); }
  // Looks at the clock and the token; false if the search must stop.
  bool proceed();
  // Counts rows about to be looked at; false if that passes the limit.
  bool visit(std::uint64_t rows);
  // Memory taken (or given back); false if that passes the limit.
  bool charge(std::int64_t bytes);
  // Whether `bytes` more, for a moment, are within the limit.
  bool has_room(std::uint64_t bytes);
  void cut(model::Cut cut, std::string reason);

  const model::SearchLimits& limits() const { return limits_; }
  std::uint64_t rows_visited() const { return visited_.load(); }
  double seconds() const;
  model::Cut reason() const;
  std::string sentence() const;

 private:
  using Clock = std::chrono::steady_clock;
  const model::SearchLimits limits_;
  const base::CancellationToken& cancellation_;
  const Clock::time_point started_ = Clock::now();
  std::atomic<std::uint64_t> visited_{0};
  std::atomic<std::int64_t> memory_{0};
  std::atomic<bool> stopped_{false};
  mutable std::mutex mutex_;  // guards cut_ and sentence_
  model::Cut cut_ = model::Cut::none;
  std::string sentence_;
};

}  // namespace vedette::store::search
