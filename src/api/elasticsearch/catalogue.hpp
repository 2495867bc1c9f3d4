// The datasets of the store with their events: what clients see as indices.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "vedette/base/cancellation.hpp"
#include "vedette/base/result.hpp"
#include "vedette/base/time.hpp"
#include "vedette/ports/log_store.hpp"

namespace vedette::api::es {

using Datasets = std::map<std::string, std::uint64_t>;  // the empty one: events without a dataset

// Thread safe.
class Catalogue {
 public:
  explicit Catalogue(const ports::LogStore& store) : store_(store) {}
  // At most a second old.
  base::Result<std::shared_ptr<const Datasets>> datasets(base::TimeNs now,
                                                         const base::CancellationToken& cancellation);
  // Whether there is such an index; asks the store again before it says no.
  base::Result<bool> has(std::string_view index, base::TimeNs now,
                         const base::CancellationToken& cancellation);

 private:
  base::Result<std::shared_ptr<const Datasets>> read(base::TimeNs now,
                                                     const base::CancellationToken& cancellation);
  const ports::LogStore& store_;
  std::mutex mutex_;  // guards what follows
  std::shared_ptr<const Datasets> known_;
  base::TimeNs read_at_ = 0;
};

}  // namespace vedette::api::es
