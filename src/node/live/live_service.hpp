// BusLiveService: events and alerts as the log takes them.
#pragma once

#include "vedette/api/services.hpp"
#include "vedette/ports/bus.hpp"

namespace vedette::node {

// Thread safe. Each follower reads the log at its own pace; the log is the queue.
class BusLiveService final : public api::LiveService {
 public:
  // How far a follower may fall behind before it misses the rest.
  static constexpr std::uint64_t kMaxBehind = 50'000;  // events

  explicit BusLiveService(ports::Bus& bus, std::uint64_t max_behind = kMaxBehind)
      : bus_(bus), max_behind_(max_behind) {}

  base::Status follow(Topic topic, const OnBatch& on_batch, std::uint64_t& dropped,
                      const base::CancellationToken& cancellation) override;

 private:
  ports::Bus& bus_;
  const std::uint64_t max_behind_;
};

}  // namespace vedette::node
