#include "vedette/ports/bus.hpp"

#include <condition_variable>
#include <mutex>
#include <optional>

namespace vedette::ports {

base::Result<std::uint64_t> Bus::append_and_wait(const TopicPartition& to,
                                                 std::shared_ptr<const model::EventBatch> batch) {
  struct Answer {
    std::mutex mutex;
    std::condition_variable came;
    std::optional<base::Result<std::uint64_t>> result;  // guarded by mutex
  };
  const auto answer = std::make_shared<Answer>();
  append(to, std::move(batch), [answer](base::Result<std::uint64_t> result) {
    std::lock_guard lock(answer->mutex);
    answer->result.emplace(std::move(result));
    answer->came.notify_one();
  });
  std::unique_lock lock(answer->mutex);
  answer->came.wait(lock, [&] { return answer->result.has_value(); });
  return std::move(*answer->result);
}

}  // namespace vedette::ports
