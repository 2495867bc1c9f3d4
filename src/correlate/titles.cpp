#include "titles.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "vedette/base/text.hpp"

namespace vedette::correlate {
namespace {

constexpr std::size_t kTitlePart = 80;

std::string short_text(std::string text) {
  if (text.size() <= kTitlePart) return text;
  return std::string(base::utf8_prefix(text, kTitlePart)) + "...";
}

// "command-and-control" to "command and control".
std::string tactic_words(std::string tactic) {
  std::replace(tactic.begin(), tactic.end(), '-', ' ');
  std::replace(tactic.begin(), tactic.end(), '_', ' ');
  return tactic;
}

std::string joined_words(const std::vector<std::string>& words) {
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) out += i == 1 && words.size() == 2 ? ", then " : i + 1 == words.size() ? " and " : ", ";
    out += words[i];
  }
  return out;
}

std::string what_happened(const Cluster& cluster) {
  if (!cluster.tactics.empty()) {
    std::vector<std::pair<TimeNs, std::string>> order;
    for (const auto& [tactic, seen] : cluster.tactics) order.emplace_back(seen.first, tactic);
    std::sort(order.begin(), order.end());
    std::vector<std::string> words;
    for (const auto& [time, tactic] : order) {
      if (words.size() == 4) break;
      words.push_back(short_text(tactic_words(tactic)));
    }
    if (order.size() > words.size()) words.back() = fmt::format("{} more tactics", order.size() - 3);
    return joined_words(words);
  }
  const RuleEvidence* best = nullptr;
  for (const auto& [rule, evidence] : cluster.rules) {
    if (!best || evidence.evidence > best->evidence) best = &evidence;
  }
  if (!best) return "nothing";
  std::string out = short_text(best->title);
  while (!out.empty() && out.back() == '.' && !out.ends_with("...")) out.pop_back();
  if (cluster.rules.size() > 1) out += fmt::format(" and {} more rules", cluster.rules.size() - 1);
  return out;
}

// The host, else the user, else the entity with most evidence.
std::string where(const Cluster& cluster) {
  const model::Entity* best = nullptr;
  double most = 0;
  std::size_t hosts = 0;
  for (const auto& [entity, seen] : cluster.entities) {
    hosts += entity.kind == model::EntityKind::host;
    if (entity.kind == model::EntityKind::process || entity.kind == model::EntityKind::file) continue;
    const double kind = entity.kind == model::EntityKind::host   ? 4
                        : entity.kind == model::EntityKind::user ? 2
                                                                 : 1;
    const double weight = kind * (0.05 + seen.evidence);
    if (weight <= most) continue;
    best = &entity;
    most = weight;
  }
  if (!best) return {};
  std::string out = " on " + short_text(best->value);
  if (best->kind == model::EntityKind::host && hosts > 1)
    out += fmt::format(" and {} more host{}", hosts - 1, hosts > 2 ? "s" : "");
  return out;
}

}  // namespace

std::string title_of(const Cluster& cluster) {
  std::string title = what_happened(cluster) + where(cluster);
  if (!title.empty() && title[0] >= 'a' && title[0] <= 'z') title[0] = static_cast<char>(title[0] - 32);
  return title;
}

}  // namespace vedette::correlate
