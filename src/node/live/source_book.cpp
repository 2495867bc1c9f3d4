#include "live/source_book.hpp"

#include <algorithm>
#include <limits>

namespace vedette::node {
namespace {

// Batches that follow at once say nothing about pauses.
constexpr base::TimeNs kShortestPause = base::kNsPerSecond;
constexpr std::string_view kOthers = "(others)";

// How long the source may send nothing.
base::TimeNs patience(const SourceState& state, const SilenceOptions& options) {
  if (options.after > 0) return options.after;
  if (state.last_seen - state.first_seen < options.learning_time)
    return std::numeric_limits<base::TimeNs>::max();
  const double learned = static_cast<double>(state.longest_pause) * options.factor;
  return std::max(options.at_least, static_cast<base::TimeNs>(learned));
}

}  // namespace

void SourceBook::add(std::string_view source, std::string_view listener, std::uint64_t events,
                     std::uint64_t bytes, std::uint64_t failures, base::TimeNs now) {
  std::lock_guard lock(mutex_);
  auto found = sources_.find(source);
  if (found == sources_.end()) {
    if (sources_.size() >= max_sources_) source = kOthers;
    found = sources_.try_emplace(std::string(source)).first;
    found->second.source = found->first;
  }
  SourceState& state = found->second;
  state.listener = listener;
  state.events += events;
  state.bytes += bytes;
  state.failures += failures;
  if (state.first_seen == 0) state.first_seen = now;
  const base::TimeNs pause = state.last_seen == 0 ? 0 : now - state.last_seen;
  if (pause >= kShortestPause && !state.silent) {
    state.usual_pause +=
        (pause - state.usual_pause) / static_cast<std::int64_t>(std::min<std::uint64_t>(++state.pauses, 50));
    state.longest_pause = std::max(state.longest_pause, pause);
  }
  if (state.silent) {
    state.silent = false;
    spoke_again_.push_back(state.source);
  }
  state.last_seen = std::max(state.last_seen, now);
}

void SourceBook::restore(SourceState state) {
  std::lock_guard lock(mutex_);
  if (sources_.size() < max_sources_) sources_.insert_or_assign(state.source, std::move(state));
}

std::vector<SourceBook::Change> SourceBook::changes(const SilenceOptions& options, base::TimeNs now) {
  std::lock_guard lock(mutex_);
  std::vector<Change> out;
  for (const std::string& name : spoke_again_) out.push_back({sources_[name], false});
  spoke_again_.clear();
  for (auto& [name, state] : sources_) {
    if (state.silent || name == kOthers || now - state.last_seen <= patience(state, options)) continue;
    state.silent = true;
    out.push_back({state, true});
  }
  std::erase_if(sources_, [&](const auto& entry) {
    return options.forget_after > 0 && now - entry.second.last_seen > options.forget_after;
  });
  return out;
}

std::vector<SourceState> SourceBook::all() const {
  std::lock_guard lock(mutex_);
  std::vector<SourceState> out;
  for (const auto& [name, state] : sources_) out.push_back(state);
  return out;
}

}  // namespace vedette::node
