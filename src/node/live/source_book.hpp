// SourceBook: what came from whom, and who has stopped sending.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "vedette/base/time.hpp"

namespace vedette::node {

struct SourceState {
  std::string source, listener;
  std::uint64_t events = 0, bytes = 0, failures = 0;
  base::TimeNs first_seen = 0, last_seen = 0;
  // Decaying mean and largest of the pauses between batches: what is usual for the source.
  base::TimeNs usual_pause = 0, longest_pause = 0;
  std::uint64_t pauses = 0;
  bool silent = false;
};

struct SilenceOptions {
  base::TimeNs after = 0;  // the same for all; 0: learned, from the longest pause that a source has made
  base::TimeNs at_least = 15LL * 60 * base::kNsPerSecond;         // no learned one is shorter
  double factor = 5;                                              // times the longest pause seen
  base::TimeNs learning_time = 24LL * 3600 * base::kNsPerSecond;  // before that nothing is known of a source
  base::TimeNs forget_after = 30LL * 24 * 3600 * base::kNsPerSecond;  // silent for so long: known no more
};

// At most `max_sources`; what further ones send is counted under the source "(others)". Thread safe.
class SourceBook {
 public:
  explicit SourceBook(std::size_t max_sources) : max_sources_(max_sources) {}

  void add(std::string_view source, std::string_view listener, std::uint64_t events, std::uint64_t bytes,
           std::uint64_t failures, base::TimeNs now);
  // Takes up what was known before a restart.
  void restore(SourceState state);

  // Sources that have become silent, or speak again, since the last call.
  struct Change {
    SourceState state;
    bool silent = false;
  };
  std::vector<Change> changes(const SilenceOptions& options, base::TimeNs now);
  std::vector<SourceState> all() const;

 private:
  const std::size_t max_sources_;
  mutable std::mutex mutex_;  // guards what follows
  std::map<std::string, SourceState, std::less<>> sources_;
  std::vector<std::string> spoke_again_;
};

}  // namespace vedette::node
