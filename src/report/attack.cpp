#include "attack.hpp"

#include <algorithm>
#include <array>

namespace vedette::report {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 17> kTactics = {
    {{"reconnaissance", "Reconnaissance"},
     {"resource-development", "Resource Development"},
     {"initial-access", "Initial Access"},
     {"execution", "Execution"},
     {"persistence", "Persistence"},
     {"privilege-escalation", "Privilege Escalation"},
     {"stealth", "Stealth"},
     {"defense-impairment", "Defense Impairment"},
     {"defense-evasion", "Defense Evasion"},
     {"credential-access", "Credential Access"},
     {"discovery", "Discovery"},
     {"lateral-movement", "Lateral Movement"},
     {"collection", "Collection"},
     {"command-and-control", "Command and Control"},
     {"exfiltration", "Exfiltration"},
     {"impact", "Impact"},
     {"", "No tactic"}}};
constexpr std::size_t kDefenseEvasion = 8, kNone = 16;

// The position in kTactics, or kNone. Old rules write credential_access.
std::size_t tactic_index(std::string name) {
  std::replace(name.begin(), name.end(), '_', '-');
  for (std::size_t i = 0; i < kNone; ++i) {
    if (kTactics[i].first == name) return i;
  }
  return kNone;
}

template <typename T>
void add_once(std::vector<T>& list, const T& item) {
  if (std::find(list.begin(), list.end(), item) == list.end()) list.push_back(item);
}

void add_technique(TacticSeen& tactic, const std::string& id, const RuleCount* count) {
  auto at = std::find_if(tactic.techniques.begin(), tactic.techniques.end(),
                         [&](const TechniqueSeen& seen) { return seen.id == id; });
  if (at == tactic.techniques.end()) at = tactic.techniques.insert(at, {id, 0, {}});
  if (std::find(at->rules.begin(), at->rules.end(), count) != at->rules.end()) return;
  at->alerts += count->total;
  at->rules.push_back(count);
}

}  // namespace

std::vector<TacticSeen> attack_seen(const AlertStatistics::State& state) {
  std::vector<TacticSeen> seen;
  for (const auto& [tag, title] : kTactics) seen.push_back({tag, title, 0, {}});
  for (const RuleCount* count : state.top_rules(state.rules.size())) {
    const std::vector<std::string> techniques = model::attack_techniques(*count->rule);
    std::vector<std::size_t> tactics;
    for (std::string& name : model::attack_tactics(*count->rule)) {
      const std::size_t index = tactic_index(std::move(name));
      if (index != kNone) add_once(tactics, index);
    }
    if (tactics.empty() && !techniques.empty()) tactics.push_back(kNone);
    for (const std::size_t index : tactics) {
      seen[index].alerts += count->total;
      for (const std::string& id : techniques) add_technique(seen[index], id, count);
    }
  }
  for (TacticSeen& tactic : seen) {
    std::sort(tactic.techniques.begin(), tactic.techniques.end(),
              [](const TechniqueSeen& a, const TechniqueSeen& b) {
                return a.alerts != b.alerts ? a.alerts > b.alerts : a.id < b.id;
              });
  }
  if (seen[kNone].alerts == 0) seen.erase(seen.begin() + kNone);
  if (seen[kDefenseEvasion].alerts == 0) seen.erase(seen.begin() + kDefenseEvasion);
  return seen;
}

std::string_view tactic_title_of(const model::RuleInfo& rule) {
  for (std::string& name : model::attack_tactics(rule)) {
    const std::size_t index = tactic_index(std::move(name));
    if (index != kNone) return kTactics[index].second;
  }
  return {};
}

}  // namespace vedette::report
