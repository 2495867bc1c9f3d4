// Scrolls and points in time that are open, by ids that cannot be guessed.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "vedette/base/time.hpp"
#include "vedette/model/predicate.hpp"
#include "vedette/query/elasticsearch.hpp"

namespace vedette::api::es {

struct OpenContext {
  std::mutex mutex;  // one request at a time
  // Of a scroll; null: a point in time.
  std::unique_ptr<query::EsSearch> search;
  query::EsPage page;
  // Of a point in time.
  model::Predicate indices;
  std::uint64_t below_sequence = 0;
};

// Thread safe.
class Contexts {
 public:
  explicit Contexts(std::size_t most) : most_(most) {}
  // Its id; empty if too many are open.
  std::string add(std::shared_ptr<OpenContext> context, base::TimeNs now, base::TimeNs keep_alive);
  // nullptr: unknown or expired. A keep_alive of 0 leaves the time as it is.
  std::shared_ptr<OpenContext> find(const std::string& id, base::TimeNs now, base::TimeNs keep_alive);
  bool remove(const std::string& id);
  std::size_t remove_all(bool scrolls);

 private:
  struct Entry {
    std::shared_ptr<OpenContext> context;
    base::TimeNs expires = 0;
  };
  void drop_expired(base::TimeNs now);
  const std::size_t most_;
  std::mutex mutex_;  // guards entries_
  std::map<std::string, Entry> entries_;
};

}  // namespace vedette::api::es
