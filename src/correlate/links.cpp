#include "links.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "vedette/base/hash.hpp"

namespace vedette::correlate {
namespace {

using model::EntityKind;
using model::LinkKind;

constexpr double kSuperNode = 32;      // others that an entity is seen with: it links nothing any more
constexpr double kHalfDegree = 8;      // others at which it links half as well
constexpr double kRareIncidents = 15;  // in the last days, halved every day: about ten a day
constexpr std::size_t kRecentOfEntity = 8, kRecentOfRule = 4, kOthersOfRule = 4, kOthers = 128;
constexpr TimeNs kCloseInTime = 2 * kHour;  // apart by so much: half the weight
constexpr TimeNs kSameMoment = 10 * kMinute, kSameHalfHour = 30 * kMinute;
constexpr double kSameRule = 0.7, kTimeOnly = 0.5, kOneTree = 0.9, kShared = 0.2;

// How well what two members share tells them from others.
double kind_weight(EntityKind kind) {
  switch (kind) {
    case EntityKind::host:
    case EntityKind::hash:
      return 1;
    case EntityKind::user:
    case EntityKind::cloud_account:
      return 0.9;
    case EntityKind::ip:
    case EntityKind::domain:
      return 0.8;
    case EntityKind::file:
      return 0.4;
    case EntityKind::process:
      return kShared;
  }
  return 0;
}

// Accounts and addresses that every machine has.
bool is_everywhere(const model::Entity& entity) {
  std::string_view value = entity.value;
  if (entity.kind == EntityKind::user) {
    if (const std::size_t at = value.rfind('\\'); at != std::string_view::npos) value.remove_prefix(at + 1);
    static constexpr std::string_view kLocal[] = {"system",          "local service", "network service",
                                                  "anonymous logon", "root",          "-"};
    return std::any_of(std::begin(kLocal), std::end(kLocal), [&](std::string_view name) {
      return name.size() == value.size() &&
             std::equal(name.begin(), name.end(), value.begin(), [](char a, char b) {
               return a == (b >= 'A' && b <= 'Z' ? static_cast<char>(b + 32) : b);
             });
    });
  }
  if (entity.kind != EntityKind::ip) return false;
  return value.starts_with("127.") || value == "::1" || value == "0.0.0.0" || value == "::" ||
         value.starts_with("fe80:");
}

TimeNs gap_between(const model::IncidentMember& a, const model::IncidentMember& b) {
  if (a.last < b.first) return b.first - a.last;
  if (b.last < a.first) return a.first - b.last;
  return 0;
}

// 0..1. What goes on for long is close to everything in it, and says little about any of it.
double closeness(const model::IncidentMember& a, const model::IncidentMember& b, TimeNs half) {
  const TimeNs longer = std::max(a.last - a.first, b.last - b.first);
  const TimeNs apart = gap_between(a, b) + longer / 4;
  return 1 / (1 + static_cast<double>(apart) / static_cast<double>(half));
}

std::string after_text(TimeNs gap) {
  if (gap < kMinute) return "within a minute";
  if (gap < 2 * kHour) return fmt::format("{} minutes apart", gap / kMinute);
  return fmt::format("{} hours apart", gap / kHour);
}

bool has_host(const model::IncidentMember& a, const model::IncidentMember& b) {
  return std::any_of(a.entities.begin(), a.entities.end(), [&](const model::Entity& entity) {
    return entity.kind == EntityKind::host &&
           std::find(b.entities.begin(), b.entities.end(), entity) != b.entities.end();
  });
}

// Names nothing but where it was: then closeness in time may be all there is.
bool names_only_machines(const model::IncidentMember& member) {
  return std::all_of(member.entities.begin(), member.entities.end(), [](const model::Entity& entity) {
    return entity.kind == EntityKind::host || entity.kind == EntityKind::ip;
  });
}

class Finder {
 public:
  Finder(EngineState& state, const MemberState& member, MemberId id)
      : state_(state), member_(member), id_(id) {}

  std::vector<Candidate> find() {
    for (const model::Entity& entity : member_.data.entities) through_entity(entity);
    if (member_.rule_was_rare || member_.persistent) through_rule();
    if (member_.cluster == 0 && unusual() && nothing_else()) through_time();
    std::vector<Candidate> out;
    for (auto& [cluster, found] : found_) {
      found.cluster = cluster;
      std::stable_sort(found.links.begin(), found.links.end(),
                       [](const auto& a, const auto& b) { return a.weight > b.weight; });
      if (found.links.size() > 8) found.links.resize(8);
      out.push_back(std::move(found));
    }
    std::stable_sort(out.begin(), out.end(),
                     [](const Candidate& a, const Candidate& b) { return a.weight > b.weight; });
    if (out.size() > 4) out.resize(4);
    return out;
  }

 private:
  const MemberState* other(MemberId id) const {
    if (id == id_) return nullptr;
    const auto it = state_.members.find(id);
    if (it == state_.members.end() || it->second.cluster == 0) return nullptr;
    const Cluster& cluster = state_.clusters.at(it->second.cluster);
    const TimeNs gap = std::max(cluster.first - member_.data.last, member_.data.first - cluster.last);
    // What says little joins what is an incident; it brings nothing else together.
    if (!cluster.open && member_.data.evidence < kBridges) return nullptr;
    if (cluster.closed || gap > state_.options.incident_idle ||
        cluster.members.size() >= state_.options.max_members_an_incident)
      return nullptr;
    return &it->second;
  }

  void add(const MemberState& with, model::IncidentLink link) {
    if (link.weight < 0.02) return;
    Candidate& found = found_[with.cluster];
    found.weight = 1 - (1 - found.weight) * (1 - link.weight);
    link.other = with.data.id;
    link.weight = std::round(link.weight * 1000) / 1000;
    found.links.push_back(std::move(link));
  }

  void through_entity(const model::Entity& entity) {
    const EntityState* node = state_.entities.find(entity_key(member_.tenant, entity));
    if (!node || is_super_node(*node)) return;
    const double rarity = 1 / (1 + std::max(0.0, degree_of(*node) - 1) / kHalfDegree);
    std::map<ClusterId, std::pair<double, const MemberState*>> best;  // each cluster once an entity
    for (const MemberId id : node->recent) {
      const MemberState* with = other(id);
      if (!with) continue;
      const double close = closeness(member_.data, with->data, kCloseInTime);
      const bool tree = entity.kind == EntityKind::process && has_host(member_.data, with->data);
      const double kind = tree ? kOneTree : is_everywhere(entity) ? kShared / 2 : kind_weight(entity.kind);
      auto& place = best[with->cluster];
      if (kind * rarity * close > place.first) place = {kind * rarity * close, with};
    }
    for (const auto& [cluster, found] : best) {
      const auto& [weight, with] = found;
      const bool tree = entity.kind == EntityKind::process && has_host(member_.data, with->data);
      add(*with, {tree ? LinkKind::process_tree : LinkKind::entity,
                  entity,
                  {},
                  weight,
                  fmt::format("{} {} {}, as in \"{}\", {}", tree ? "same process on one host," : "same",
                              model::entity_kind_name(entity.kind), entity.value, with->data.rule_title,
                              after_text(gap_between(member_.data, with->data)))});
    }
  }

  void through_rule() {
    const RuleBaseline* rule = state_.rules.find(joined_key({member_.tenant, member_.data.rule_id}));
    if (!rule) return;
    for (const MemberId id : rule->recent) {
      const MemberState* with = other(id);
      if (!with) continue;
      const TimeNs gap = gap_between(member_.data, with->data);
      if (gap > 3 * kSameMoment) continue;
      const double close = 1 / (1 + static_cast<double>(gap) / static_cast<double>(kSameMoment));
      add(*with,
          {LinkKind::same_rule,
           std::nullopt,
           {},
           kSameRule * close,
           fmt::format("\"{}\" is rare, and fired elsewhere {}", member_.data.rule_title, after_text(gap))});
    }
  }

  bool nothing_else() const {
    return std::none_of(found_.begin(), found_.end(),
                        [](const auto& found) { return found.second.weight >= kJoinAt; }) &&
           (member_.data.level >= model::Level::high || names_only_machines(member_.data));
  }
  // Where incidents are many, that two things happen in one half hour says nothing.
  bool incidents_are_rare() const {
    const auto clock = state_.clocks.find(member_.tenant);
    return clock != state_.clocks.end() &&
           clock->second.opened.now(clock->second.now, kDay) <= kRareIncidents;
  }
  bool unusual() const { return member_.novelty >= (member_.data.level >= model::Level::medium ? 0.3 : 0.8); }

  void through_time() {
    const auto hot = state_.hot.find(member_.tenant);
    if (hot == state_.hot.end() || !incidents_are_rare()) return;
    for (const ClusterId id : hot->second) {
      const auto cluster = state_.clusters.find(id);
      if (cluster == state_.clusters.end() || cluster->second.members.empty() || found_.contains(id) ||
          cluster->second.points < std::min(95.0, 2 * state_.options.open_at))
        continue;
      const MemberState* with = other(*cluster->second.members.rbegin());
      if (!with) continue;
      const TimeNs gap = std::max<TimeNs>(
          0, std::max(cluster->second.first - member_.data.last, member_.data.first - cluster->second.last));
      if (gap > kSameHalfHour) continue;
      const double close = 1 / (1 + static_cast<double>(gap) / static_cast<double>(kSameHalfHour));
      add(*with, {LinkKind::time,
                  std::nullopt,
                  {},
                  kTimeOnly * close,
                  fmt::format("both are unusual, and {}", after_text(gap))});
    }
  }

  EngineState& state_;
  const MemberState& member_;
  MemberId id_;
  std::map<ClusterId, Candidate> found_;
};

// The newest of each cluster, at most `bound`.
void remember(EngineState& state, std::vector<MemberId>& recent, MemberId id, std::size_t bound) {
  const ClusterId cluster = state.members.at(id).cluster;
  std::erase_if(recent, [&](MemberId old) {
    const auto it = state.members.find(old);
    return old == id || it == state.members.end() || it->second.cluster == cluster ||
           state.clusters.at(it->second.cluster).closed;
  });
  recent.push_back(id);
  if (recent.size() <= bound) return;
  // What says little goes first.
  const auto weak = std::find_if(recent.begin(), recent.end(), [&](MemberId old) {
    const MemberState& member = state.members.at(old);
    return member.data.evidence < kBridges && !state.clusters.at(member.cluster).open;
  });
  recent.erase(weak == recent.end() ? recent.begin() : weak);
}

// Hosts are told apart by their users, all else by hosts.
void learn_degree(EntityState& node, const MemberState& member, TimeNs time) {
  const TimeNs day = time - time % kDay;
  if (day > node.day) {
    const auto today = static_cast<double>(node.seen_with.size());
    if (node.day != 0)
      node.usual_degree = node.usual_degree < 0
                              ? today
                              : 0.7 * node.usual_degree + 0.3 * std::min(today, 4 * node.usual_degree + 8);
    node.day = day;
    node.seen_with.clear();
  }
  const EntityKind others = node.entity.kind == EntityKind::host ? EntityKind::user : EntityKind::host;
  const auto rule = static_cast<std::uint32_t>(base::hash64(member.data.rule_id));
  auto of_rule = static_cast<std::size_t>(std::count_if(
      node.seen_with.begin(), node.seen_with.end(), [&](const auto& seen) { return seen.first == rule; }));
  for (const model::Entity& entity : member.data.entities) {
    if (entity.kind != others) continue;
    const auto other = static_cast<std::uint32_t>(base::hash64(entity.value));
    const bool known = std::any_of(node.seen_with.begin(), node.seen_with.end(),
                                   [&](const auto& seen) { return seen.second == other; });
    if (known || of_rule >= kOthersOfRule || node.seen_with.size() >= kOthers) continue;
    node.seen_with.emplace_back(rule, other);
    ++of_rule;
  }
}

}  // namespace

double degree_of(const EntityState& entity) {
  return entity.usual_degree >= 0 ? entity.usual_degree : static_cast<double>(entity.seen_with.size());
}

bool is_super_node(const EntityState& entity) {
  return degree_of(entity) > kSuperNode;
}

std::vector<Candidate> candidates_of(EngineState& state, MemberId id) {
  return Finder(state, state.members.at(id), id).find();
}

void register_member(EngineState& state, MemberId id, TimeNs learn_time) {
  const MemberState& member = state.members.at(id);
  const bool links = member.cluster != 0 && !member.overflow;
  for (const model::Entity& entity : member.data.entities) {
    EntityState* node = state.entities.find(entity_key(member.tenant, entity));
    if (!node) continue;
    learn_degree(*node, member, learn_time);
    if (links) remember(state, node->recent, id, kRecentOfEntity);
  }
  if (!links) return;
  if (RuleBaseline* rule = state.rules.find(joined_key({member.tenant, member.data.rule_id})))
    remember(state, rule->recent, id, kRecentOfRule);
}

}  // namespace vedette::correlate
