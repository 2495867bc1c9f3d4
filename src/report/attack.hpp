// What of MITRE ATT&CK the rules that fired point at, by their tags.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "statistics_state.hpp"

namespace vedette::report {

struct TechniqueSeen {
  std::string id;  // "T1059.001"
  std::uint64_t alerts = 0;
  std::vector<const RuleCount*> rules;  // most alerts first
};

struct TacticSeen {
  std::string_view tag;    // "credential-access"; empty: the rules name no tactic
  std::string_view title;  // "Credential Access"
  std::uint64_t alerts = 0;
  std::vector<TechniqueSeen> techniques;  // by alerts, then by id
};

// The tactics in the order of ATT&CK v19, those without alerts included; defense-evasion (the tag of former
// versions) and techniques without a tactic only when seen. A technique stands under every tactic of its
// rule.
std::vector<TacticSeen> attack_seen(const AlertStatistics::State& state);

// The title of the first tactic among a rule's tags, or empty.
std::string_view tactic_title_of(const model::RuleInfo& rule);

}  // namespace vedette::report
