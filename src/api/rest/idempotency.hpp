// Answers that are kept, so that a request sent again is not done again (Idempotency-Key).
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "rest/call.hpp"
#include "vedette/ports/record_store.hpp"

namespace vedette::api {

ports::CollectionSchema idempotency_collection();

// Thread safe.
class IdempotencyKeys {
 public:
  IdempotencyKeys(ports::RecordStore& records, std::function<base::TimeNs()> now)
      : records_(records), now_(std::move(now)) {}

  // `id` names principal, operation and key; `fingerprint` what was asked. An answer: the kept one, 409 (the
  // first is still under way), 422 (the key was used for something else), 500. None: the caller goes on, and
  // must call finish.
  std::optional<Reply> begin(const std::string& id, const std::string& fingerprint);
  // Keeps the answer for 24 hours if it tells of a success.
  void finish(const std::string& id, const std::string& fingerprint, const std::string& owner,
              const Reply& reply);

 private:
  void clean();
  std::optional<Reply> kept(const std::string& id, const std::string& fingerprint);

  ports::RecordStore& records_;
  const std::function<base::TimeNs()> now_;
  std::mutex mutex_;  // guards under_way_
  std::set<std::string> under_way_;
  std::atomic<std::uint64_t> finished_{0};
};

}  // namespace vedette::api
