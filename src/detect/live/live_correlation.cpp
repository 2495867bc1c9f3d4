#include "live/live_correlation.hpp"

#include <algorithm>
#include <tuple>

namespace vedette::detect {
namespace {

// To judge a group anew costs as much as it holds hits. Each hit earns so much; a group without credit waits,
// at most until the stream has moved on by a part of the timespan. So the work is linear in the hits.
constexpr std::uint64_t kCreditPerHit = 64;
constexpr std::uint64_t kMaxCredit = 1 << 20;
constexpr base::TimeNs kLeastWait = base::kNsPerSecond;
constexpr base::TimeNs kWaitShare = 64;

HitOrder::Ties ties_of(const PlannedCorrelation& plan) {
  if (plan.held) return HitOrder::Ties::full;
  return plan.rule->type == CorrelationType::temporal_ordered ? HitOrder::Ties::member
                                                              : HitOrder::Ties::arrival;
}

}  // namespace

bool HitOrder::operator()(const Observation& a, const Observation& b) const {
  if (a.time != b.time || ties == Ties::arrival) return a.time < b.time;
  if (a.member != b.member || ties == Ties::member) return a.member < b.member;
  return a.event_id < b.event_id;
}

LiveCorrelation::LiveCorrelation(const PlannedCorrelation& plan, const CorrelatorLimits& limits,
                                 StreamUsage& usage, Report report)
    : plan_(plan),
      timespan_(plan.rule->timespan),
      limits_(limits),
      usage_(usage),
      report_(std::move(report)),
      order_{ties_of(plan)} {}

LiveGroup& LiveCorrelation::group_of(const std::string& key) {
  const auto [it, added] = groups_.try_emplace(key);
  if (added) {
    it->second = std::make_unique<LiveGroup>(order_);
    it->second->key = it->first;
    if (plan_.held) it->second->window.emplace(*plan_.rule, limits_.max_window_observations);
  }
  return *it->second;
}

void LiveCorrelation::add(Observation observation, base::TimeNs latest) {
  const base::TimeNs time = observation.time;
  if (plan_.held) {
    if (time < std::max(earlier(latest, plan_.lateness), settled_)) {
      ++usage_.late;
      return;
    }
  } else {
    newest_ = std::max(newest_, time);
    const base::TimeNs in_time = earlier(newest_, plan_.lateness);
    if (time < in_time) ++usage_.late;
    if (time < earlier(in_time, timespan_)) return;
  }
  std::string key;
  for (const std::string& value : observation.group) append_part(key, value);
  LiveGroup& group = group_of(key);
  count(observation, true);
  if (plan_.held) {
    add_held(group, std::move(observation));
  } else {
    add_at_once(group, std::move(observation), latest);
  }
}

void LiveCorrelation::add_held(LiveGroup& group, Observation observation) {
  const auto it = group.held.insert(std::move(observation));
  if (std::next(it) == group.next) group.next = it;
  schedule_held(group);
}

// A hit in order goes into the window and is judged. One that is late makes the window stale, and all that
// stands within a timespan after it is to be judged anew.
void LiveCorrelation::add_at_once(LiveGroup& group, Observation observation, base::TimeNs latest) {
  trim(group, earlier(earlier(newest_, plan_.lateness), timespan_));
  if (group.held.empty() && group.alerted.empty()) group.credit = 0;  // as if it had been swept away
  const base::TimeNs time = observation.time;
  const auto it = group.held.insert(std::move(observation));
  const bool in_order = std::next(it) == group.held.end();
  if (group.held.size() == 1 && !group.window) {
    group.window.emplace(*plan_.rule, limits_.max_window_observations);
  }
  group.credit = std::min(group.credit + kCreditPerHit, kMaxCredit);
  if (in_order && group.window) {
    take(group, *it, true);
  } else {
    const base::TimeNs reach = later(time, timespan_);
    if (!in_order && reach >= group.held.rbegin()->time) group.window.reset();
    if (!is_quiet_throughout(group, time, std::min(reach, group.held.rbegin()->time)))
      group.judge_from = std::min(group.judge_from.value_or(time), time);
  }
  if (!group.judge_from) return;
  if (group.credit >= group.held.size()) {
    judge(group);
  } else if (!group.due) {
    schedule(group, later(latest, std::max(kLeastWait, timespan_ / kWaitShare)));
  }
}

void LiveCorrelation::judge(LiveGroup& group) {
  const base::TimeNs from = *group.judge_from;
  group.judge_from.reset();
  schedule(group, std::nullopt);
  group.credit -= std::min<std::uint64_t>(group.credit, group.held.size());
  group.window.emplace(*plan_.rule, limits_.max_window_observations);
  for (auto it = group.held.lower_bound(earlier(from, timespan_)); it != group.held.end(); ++it) {
    take(group, *it, it->time >= from);
  }
}

void LiveCorrelation::rebuild_window(LiveGroup& group) {
  group.window.emplace(*plan_.rule, limits_.max_window_observations);
  if (group.held.empty()) return;
  const base::TimeNs from = earlier(group.held.rbegin()->time, timespan_);
  for (auto it = group.held.lower_bound(from); it != group.held.end(); ++it) take_again(group, *it);
}

// As it was taken before the state was saved: what it found was told.
void LiveCorrelation::take_again(LiveGroup& group, const Observation& observation) {
  (void)group.window->take(observation, false);
}

void LiveCorrelation::take(LiveGroup& group, const Observation& observation, bool wanted) {
  const base::TimeNs time = observation.time;
  const std::optional<Finding> finding = group.window->take(observation, wanted && !is_quiet(group, time));
  if (!finding) return;
  group.alerted.insert(std::upper_bound(group.alerted.begin(), group.alerted.end(), time), time);
  report_(*this, *finding);
}

// An alert keeps its group quiet for one timespan, and late hits before it belong to what it told.
bool LiveCorrelation::is_quiet(const LiveGroup& group, base::TimeNs time) const {
  const auto it = std::lower_bound(group.alerted.begin(), group.alerted.end(), earlier(time, timespan_));
  return it != group.alerted.end() && *it <= later(time, timespan_);
}

bool LiveCorrelation::is_quiet_throughout(const LiveGroup& group, base::TimeNs from, base::TimeNs to) const {
  auto it = std::lower_bound(group.alerted.begin(), group.alerted.end(), earlier(from, timespan_));
  base::TimeNs quiet_until = earlier(from, 1);
  for (; it != group.alerted.end() && earlier(*it, timespan_) <= later(quiet_until, 1); ++it) {
    quiet_until = later(*it, timespan_);
  }
  return quiet_until >= to;
}

void LiveCorrelation::run_first() {
  const Due first = *due_.begin();
  schedule(*first.group, std::nullopt);
  if (plan_.held) {
    take_due(*first.group, earlier(first.at, plan_.lateness));
  } else {
    judge(*first.group);
  }
}

void LiveCorrelation::run_until(base::TimeNs at, base::TimeNs settled) {
  while (!due_.empty() && due_.begin()->at <= at) run_first();
  settled_ = std::max(settled_, settled);
}

// Takes the hits up to `limit`, before which nothing will come any more.
void LiveCorrelation::take_due(LiveGroup& group, base::TimeNs limit) {
  const auto close = [&](base::TimeNs now) {
    if (!plan_.at_close) return;
    const std::optional<base::TimeNs> end = group.window->end();
    if (!end || now <= *end) return;
    if (const std::optional<Finding> finding = group.window->close(now)) report_(*this, *finding);
    erase_until(group, group.next);
  };
  while (group.next != group.held.end() && group.next->time <= limit) {
    close(group.next->time);
    take(group, *group.next, true);
    ++group.next;
  }
  close(limit);
  if (!plan_.at_close) trim(group, earlier(limit, timespan_));
  if (group.held.empty() && group.alerted.empty()) {
    groups_.erase(std::string(group.key));
  } else {
    schedule_held(group);
  }
}

void LiveCorrelation::trim(LiveGroup& group, base::TimeNs before) {
  auto end = group.held.begin();
  while (end != group.held.end() && end != group.next && end->time < before) ++end;
  if (end != group.held.begin()) {
    if (group.window) group.window->forget_before(before);
    erase_until(group, end);
  }
  const auto over = std::lower_bound(group.alerted.begin(), group.alerted.end(), earlier(before, timespan_));
  group.alerted.erase(group.alerted.begin(), over);
}

void LiveCorrelation::erase_until(LiveGroup& group, LiveGroup::Held::iterator end) {
  for (auto it = group.held.begin(); it != end; it = group.held.erase(it)) {
    count(*it, false);
  }
}

void LiveCorrelation::sweep(base::TimeNs latest) {
  const base::TimeNs before = earlier(earlier(plan_.held ? latest : newest_, plan_.lateness), timespan_);
  for (auto it = groups_.begin(); it != groups_.end();) {
    LiveGroup& group = *it->second;
    if (!plan_.at_close && !group.judge_from) trim(group, before);
    if (group.held.empty() && group.alerted.empty()) {
      schedule(group, std::nullopt);
      it = groups_.erase(it);
    } else {
      ++it;
    }
  }
}

void LiveCorrelation::count(const Observation& observation, bool comes) {
  const std::size_t one = comes ? 1 : std::size_t(-1);
  const std::size_t size = observation_bytes(observation);
  const std::size_t bytes = comes ? size : 0 - size;
  observations_ += one;
  bytes_ += bytes;
  usage_.observations += one;
  usage_.bytes += bytes;
}

void LiveCorrelation::disown() {
  usage_.observations -= observations_;
  usage_.bytes -= bytes_;
}

void LiveCorrelation::schedule(LiveGroup& group, std::optional<base::TimeNs> at) {
  if (group.due == at) return;
  if (group.due) due_.erase({*group.due, group.key, &group});
  group.due = at;
  if (at) due_.insert({*at, group.key, &group});
}

void LiveCorrelation::schedule_held(LiveGroup& group) {
  std::optional<base::TimeNs> at;
  if (group.next != group.held.end()) at = later(group.next->time, plan_.lateness);
  if (const auto end = group.window->end()) {
    const base::TimeNs close = later(later(*end, plan_.lateness), 1);
    at = std::min(at.value_or(close), close);
  }
  schedule(group, at);
}

}  // namespace vedette::detect
