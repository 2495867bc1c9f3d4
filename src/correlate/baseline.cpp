#include "baseline.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace vedette::correlate {
namespace {

constexpr std::size_t kMedianOf = 15;
constexpr TimeNs kEpisode = 30 * kMinute;
// How much an alert of a level says when it is unusual.
constexpr double kLevelEvidence[model::kLevels] = {0.05, 0.3, 0.7, 0.85, 0.95};
constexpr double kRoutineBelow = 0.25;  // novelty of what is known noise
constexpr double kHighNovelty = 0.8;    // at least, for high and critical alerts that are not routine
constexpr double kHighRoutine = 8;      // sessions on one key in the last days: then even they are routine
constexpr std::uint64_t kBurstAlerts = 64;
constexpr double kBurstFactor = 8;
constexpr TimeNs kPersistent = 6 * kHour;
constexpr double kPersistentPerHour = 30, kPersistentKeys = 4;

double saturated(double value) {
  return std::min(1.0, value);
}

std::string novelty_reason(double rule_sessions, double pair_sessions, bool new_pair) {
  if (rule_sessions < 0.05) return "this rule did not fire before";
  if (new_pair)
    return fmt::format("this rule is new here; it fired about {:.0f} times elsewhere in the last days",
                       std::max(1.0, rule_sessions));
  return fmt::format("this rule fired about {:.0f} times here in the last days",
                     std::max(1.0, pair_sessions));
}

}  // namespace

double DecayingCount::now(TimeNs time, TimeNs half_life) const {
  if (value == 0 || time <= at) return value;
  return value * std::exp2(-static_cast<double>(time - at) / static_cast<double>(half_life));
}

void DecayingCount::add(double amount, TimeNs time, TimeNs half_life) {
  value = now(time, half_life) + amount;
  at = at == 0 ? time : std::max(at, time);
}

TimeNs observe_time(TenantClock& clock, TimeNs time, TimeNs detected) {
  if (detected > 0) time = std::min(time, detected + kHour);
  if (clock.recent.size() < kMedianOf) {
    clock.recent.push_back(time);
  } else {
    clock.recent[clock.next] = time;
  }
  clock.next = (clock.next + 1) % kMedianOf;
  std::array<TimeNs, kMedianOf> sorted{};
  const std::size_t count = clock.recent.size();
  std::copy(clock.recent.begin(), clock.recent.end(), sorted.begin());
  const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>((count - 1) / 2);
  std::nth_element(sorted.begin(), middle, sorted.begin() + static_cast<std::ptrdiff_t>(count));
  if (count < kMedianOf || !clock.started) {
    clock.first = clock.now = *middle;
    clock.started = true;
  }
  clock.now = std::max(clock.now, *middle);
  return std::min(time, clock.now + kDay);
}

Novelty novelty_of(const TenantClock& clock, RuleBaseline& rule, const PairBaseline& pair, bool new_pair,
                   model::Level level, TimeNs time) {
  const double rule_now = rule.sessions.now(time, kUsualHalfLife);
  if (rule.episode == 0 || time - rule.episode > kEpisode || rule.episode - time > kEpisode) {
    rule.episode = time;
    rule.usual_episodes = rule.episodes.now(time, kUsualHalfLife);
    rule.episodes.add(1, time, kUsualHalfLife);
  }
  const double sessions = pair.sessions.now(time, kUsualHalfLife);
  Novelty out;
  const double known = static_cast<double>(std::max<TimeNs>(0, time - clock.first)) / kWarmUp;
  out.rule_was_rare = rule.usual_episodes < 2 && (known >= 1 || level >= model::Level::high);
  out.value = saturated(2 / (1 + sessions)) * saturated(8 / (1 + rule.usual_episodes));
  out.reason = novelty_reason(rule.usual_episodes, sessions, new_pair);
  const double alerts = sessions >= 1   ? pair.alerts.now(time, kUsualHalfLife) / sessions
                        : rule_now >= 1 ? rule.alerts.now(time, kUsualHalfLife) / rule_now
                                        : 0;
  out.usual_alerts = alerts;
  if (level >= model::Level::high && sessions < kHighRoutine) {
    out.value = std::max(out.value, kHighNovelty);
  } else if (level < model::Level::high) {
    // A stream that has just begun knows nothing.
    if (known < 1) {
      out.value *= 0.25 + 0.75 * known;
      out.reason += " (the stream is young)";
    }
    out.routine = out.value < kRoutineBelow && sessions >= 1;
  }
  if (level >= model::Level::high) out.routine = out.value < kRoutineBelow;
  return out;
}

void learn_session(RuleBaseline& rule, PairBaseline& pair, bool new_pair, TimeNs time) {
  rule.sessions.add(1, time, kUsualHalfLife);
  pair.sessions.add(1, time, kUsualHalfLife);
  pair.ticked = time;
  if (!new_pair) return;
  rule.keys.add(1, time, kUsualHalfLife);
  rule.new_keys.add(1, time, kEpisode);
}

void learn_alerts(RuleBaseline& rule, PairBaseline& pair, std::uint64_t alerts, TimeNs time) {
  rule.alerts.add(static_cast<double>(alerts), time, kUsualHalfLife);
  pair.alerts.add(static_cast<double>(alerts), time, kUsualHalfLife);
  // What goes on and on is as usual as what comes back.
  if (time - pair.ticked < 4 * kHour) return;
  pair.ticked = time;
  pair.sessions.add(1, time, kUsualHalfLife);
}

void set_evidence(MemberState& member, std::string reason) {
  const double level = kLevelEvidence[static_cast<std::size_t>(member.data.level)];
  member.data.evidence = member.routine ? 0 : level * member.novelty;
  member.data.evidence_reason = fmt::format("{} level; {}", model::level_name(member.data.level), reason);
}

bool look_again(const EngineState& state, MemberState& member, const RuleBaseline& rule, TimeNs time) {
  if (member.overflow) return false;
  const auto& data = member.data;
  if (!member.burst && data.alerts >= kBurstAlerts && member.usual_alerts > 0 &&
      static_cast<double>(data.alerts) >= kBurstFactor * member.usual_alerts) {
    member.burst = true;
    member.routine = false;
    member.novelty = 1;
    set_evidence(member, fmt::format("far more alerts than its usual {:.0f}", member.usual_alerts));
    return true;
  }
  const auto clock = state.clocks.find(member.tenant);
  const bool warm = clock != state.clocks.end() && time - clock->second.first >= kWarmUp;
  const double hours = static_cast<double>(data.last - data.first) / static_cast<double>(kHour);
  if (!member.persistent && warm && data.level >= model::Level::medium &&
      data.last - data.first >= kPersistent &&
      static_cast<double>(data.alerts) >= hours * kPersistentPerHour &&
      rule.keys.now(time, kUsualHalfLife) <= kPersistentKeys) {
    member.persistent = true;
    member.routine = false;
    member.novelty = 1;
    set_evidence(member,
                 fmt::format("goes on without a pause for {:.0f} hours, and hardly anywhere else", hours));
    return true;
  }
  return false;
}

}  // namespace vedette::correlate
