// What is usual: learned in event time, for a tenant, a rule, and a rule on a key.
#pragma once

#include "state.hpp"

namespace vedette::correlate {

inline constexpr TimeNs kUsualHalfLife = 3 * kDay;
inline constexpr TimeNs kWarmUp = kDay;

// Takes the time of an alert in; returns the time to learn with: a single clock that is ahead does not count.
TimeNs observe_time(TenantClock& clock, TimeNs time, TimeNs detected);

struct Novelty {
  double value = 0;  // 0..1
  double usual_alerts = 0;
  bool rule_was_rare = false, routine = false;
  std::string reason;
};
// Of a session that begins; before it is learned.
Novelty novelty_of(const TenantClock& clock, RuleBaseline& rule, const PairBaseline& pair, bool new_pair,
                   model::Level level, TimeNs time);
void learn_session(RuleBaseline& rule, PairBaseline& pair, bool new_pair, TimeNs time);
void learn_alerts(RuleBaseline& rule, PairBaseline& pair, std::uint64_t alerts, TimeNs time);

// Evidence of a member, 0..1, from its level and how unusual it is; sets `evidence` and its reason.
// True: it changed.
bool look_again(const EngineState& state, MemberState& member, const RuleBaseline& rule, TimeNs time);
void set_evidence(MemberState& member, std::string reason);

}  // namespace vedette::correlate
