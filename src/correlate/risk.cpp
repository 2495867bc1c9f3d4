#include "risk.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace vedette::correlate {
namespace {

constexpr double kRuleShare = 0.6;    // of the way to 100 that a rule with full evidence goes
constexpr double kTacticShare = 0.1;  // that each further tactic goes
constexpr std::size_t kRulesCounted = 16, kRiskParts = 16, kContributions = 24;

struct Step {
  std::string what, reason;
  double share = 0;
};

std::vector<Step> steps_of(const Cluster& cluster, bool with_reasons) {
  std::vector<const std::pair<const std::string, RuleEvidence>*> rules;
  for (const auto& rule : cluster.rules) rules.push_back(&rule);
  std::stable_sort(rules.begin(), rules.end(),
                   [](const auto* a, const auto* b) { return a->second.evidence > b->second.evidence; });
  if (rules.size() > kRulesCounted) rules.resize(kRulesCounted);
  std::vector<Step> steps;
  for (const auto* rule : rules) {
    Step step{"rule", {}, kRuleShare * rule->second.evidence};
    if (with_reasons) step.reason = fmt::format("\"{}\": {}", rule->second.title, rule->second.reason);
    steps.push_back(std::move(step));
  }
  if (cluster.tactics.size() > 1) {
    const auto further = static_cast<double>(cluster.tactics.size() - 1);
    steps.push_back({"tactics", fmt::format("{} tactics of ATT&CK together", cluster.tactics.size()),
                     1 - std::pow(1 - kTacticShare, further)});
  }
  return steps;
}

template <typename Visit>
double walk(const std::vector<Step>& steps, Visit visit) {
  double left = 100;
  for (const Step& step : steps) {
    const double points = left * std::clamp(step.share, 0.0, 1.0);
    visit(step, points);
    left -= points;
  }
  return 100 - left;
}

double level_share(model::Level level) {
  return model::risk_of(level) / 100.0;
}

bool has_risk(model::EntityKind kind) {
  return kind == model::EntityKind::user || kind == model::EntityKind::host || kind == model::EntityKind::ip;
}

double part_now(const RiskPart& part, TimeNs time) {
  return DecayingCount{part.points, part.at}.now(time, kRiskHalfLife);
}

// Strongest first, so that sums have one order.
std::vector<const RiskPart*> sorted_parts(const EntityState& entity, TimeNs time) {
  std::vector<const RiskPart*> parts;
  for (const RiskPart& part : entity.parts) parts.push_back(&part);
  std::stable_sort(parts.begin(), parts.end(), [&](const RiskPart* a, const RiskPart* b) {
    const double left = part_now(*a, time), right = part_now(*b, time);
    return left != right ? left > right : a->rule_id < b->rule_id;
  });
  return parts;
}

}  // namespace

double points_of(const Cluster& cluster) {
  const double sum = walk(steps_of(cluster, false), [](const Step&, double) {});
  return std::clamp(sum * cluster.factor, 0.0, 100.0);
}

std::vector<model::Contribution> contributions_of(const Cluster& cluster) {
  std::vector<model::Contribution> out;
  const double sum = walk(steps_of(cluster, true), [&](const Step& step, double points) {
    // Behind strong evidence the weak adds nothing that is worth a line.
    if (const double shown = std::round(points * 10) / 10; shown > 0)
      out.push_back({step.what, shown, step.reason});
  });
  if (cluster.factor != 1)
    out.push_back({"criticality", std::round((cluster.points - sum) * 10) / 10,
                   fmt::format("{} counts {} times", cluster.factor_of, cluster.factor)});
  if (!cluster.related.empty())
    out.push_back(
        {"related", 0, fmt::format("the same happened in {}, which is closed or over", cluster.related)});
  if (out.size() > kContributions) out.resize(kContributions);
  return out;
}

void weigh_criticality(const EngineState& state, Cluster& cluster, const model::IncidentMember& member) {
  if (state.criticality.empty()) return;
  for (const model::Entity& entity : member.entities) {
    const double factor = state.criticality.of(cluster.tenant, entity);
    if (factor == 1 || (!cluster.factor_of.empty() && factor <= cluster.factor)) continue;
    cluster.factor = factor;
    cluster.factor_of = fmt::format("{} {}", model::entity_kind_name(entity.kind), entity.value);
  }
}

void add_entity_risk(EngineState& state, const MemberState& member, TimeNs time) {
  if (member.routine) return;
  const auto& data = member.data;
  const double alert = 100 * level_share(data.level) * std::max(0.1, member.novelty) * 0.6;
  for (const model::Entity& entity : data.entities) {
    if (!has_risk(entity.kind)) continue;
    const std::string key = entity_key(member.tenant, entity);
    EntityState* node = state.entities.find(key);
    if (!node) continue;
    auto part = std::find_if(node->parts.begin(), node->parts.end(),
                             [&](const RiskPart& old) { return old.rule_id == data.rule_id; });
    if (part == node->parts.end()) {
      if (node->parts.size() >= kRiskParts) {
        const auto parts = sorted_parts(*node, time);
        if (part_now(*parts.back(), time) >= alert) continue;
        node->parts.erase(node->parts.begin() + (parts.back() - node->parts.data()));
      }
      node->parts.push_back({data.rule_id, data.rule_title, 0, time, 0});
      part = std::prev(node->parts.end());
    }
    // The n-th alert of a rule adds an n-th: the sum grows as the logarithm.
    ++part->count;
    const double old = part_now(*part, time);
    part->points = std::min(95.0, std::max(old, alert) + alert * 0.15 / static_cast<double>(part->count));
    part->at = std::max(part->at, time);
    state.changed_entities.insert(key);
  }
}

double entity_risk(const EngineState& state, const EntityState& entity, TimeNs time) {
  double left = 1;
  for (const RiskPart* part : sorted_parts(entity, time)) left *= 1 - part_now(*part, time) / 100;
  return std::clamp(100 * (1 - left) * state.criticality.of(entity.tenant, entity.entity), 0.0, 100.0);
}

EntityRisk describe_entity(const EngineState& state, const EntityState& entity, TimeNs time) {
  EntityRisk out;
  out.entity = entity.entity;
  out.tenant = entity.tenant;
  out.criticality = state.criticality.of(entity.tenant, entity.entity);
  out.risk = std::round(entity_risk(state, entity, time) * 100) / 100;
  out.first = entity.first;
  out.last = entity.last;
  out.at = time;
  out.alerts = entity.alerts;
  for (const RiskPart* part : sorted_parts(entity, time)) {
    const double points = std::round(part_now(*part, time) * 100) / 100;
    if (points <= 0) continue;
    out.contributions.push_back(
        {"rule", points,
         fmt::format("\"{}\", seen {} times; half of it is left after three days",
                     part->title.empty() ? part->rule_id : part->title, part->count)});
  }
  return out;
}

}  // namespace vedette::correlate
