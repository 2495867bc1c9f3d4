#include "live/live_service.hpp"

#include <chrono>

#include "live/detect_role.hpp"
#include "vedette/node/data_folder.hpp"

namespace vedette::node {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kFollowWait{250};
constexpr std::chrono::seconds kKeepAlive{1};
constexpr std::size_t kFollowBytes = 1u << 20;

}  // namespace

base::Status BusLiveService::follow(Topic topic, const OnBatch& on_batch, std::uint64_t& dropped,
                                    const base::CancellationToken& cancellation) {
  const ports::TopicPartition& from = topic == Topic::events ? kEventsTopic : kAlertsTopic;
  TRY_ASSIGN(const auto start, bus_.bounds(from));
  std::uint64_t offset = start.end;
  auto called = SteadyClock::now();
  const auto call = [&](const std::shared_ptr<const model::EventBatch>& batch) {
    called = SteadyClock::now();
    return on_batch(batch);
  };
  while (!cancellation.cancelled()) {
    TRY_ASSIGN(const auto now, bus_.bounds(from));
    if (now.end > offset && (now.end - offset > max_behind_ || now.begin > offset)) {
      dropped += now.end - offset;
      offset = now.end;
    }
    const auto records = bus_.read(from, offset, kFollowBytes, kFollowWait);
    if (!records.ok()) {
      // Retention was faster.
      dropped += now.end - offset;
      if (records.error().code != base::ErrorCode::not_found) return records.error();
      offset = now.end;
      continue;
    }
    for (const ports::Record& record : *records) {
      if (cancellation.cancelled()) return base::ok_status();
      // After a restart of the log offsets may be passed over.
      offset = record.offset + record.count;
      if (!call(record.batch)) return base::ok_status();
    }
    if (SteadyClock::now() - called >= kKeepAlive && !call(nullptr)) return base::ok_status();
  }
  return base::ok_status();
}

}  // namespace vedette::node
