#include "members.hpp"

#include <algorithm>
#include <bit>

#include <simdjson.h>

#include "baseline.hpp"
#include "clusters.hpp"
#include "risk.hpp"
#include "vedette/base/hash.hpp"

namespace vedette::correlate {
namespace {

constexpr std::size_t kMaxEntities = 64, kMaxSessions = 4, kMaxTexts = 64;
constexpr TimeNs kFarthest = 4'000'000'000'000'000'000;  // of times: differences do not overflow
constexpr double kNewKeys = 64;  // of one rule in half an hour: further ones are one member together

std::string tenant_of(const model::AlertRecord& alert) {
  constexpr std::string_view kField = "vedette.tenant";
  if (alert.document.find(kField) == std::string::npos) return {};
  thread_local simdjson::dom::parser parser;
  simdjson::dom::object members;
  if (parser.parse(alert.document).get(members) != simdjson::SUCCESS) return "?";  // of nobody
  simdjson::dom::element value;
  if (members.at_key(kField).get(value) != simdjson::SUCCESS || value.is_null()) return {};
  std::string_view text;
  if (value.get(text) == simdjson::SUCCESS) return std::string(text);
  return simdjson::minify(value);
}

void merge_texts(std::vector<std::string>& into, const std::vector<std::string>& from) {
  for (const std::string& text : from) {
    if (into.size() < kMaxTexts && std::find(into.begin(), into.end(), text) == into.end())
      into.push_back(text);
  }
}

bool seen_before(EngineState& state, const model::AlertRecord& alert, std::string_view tenant) {
  const std::uint64_t hash = base::hash64(alert.id, base::hash64(tenant));
  if (!state.seen.insert(hash).second) return true;
  state.seen_order.push_back(hash);
  if (state.seen_order.size() > state.options.max_open_members) {
    state.seen.erase(state.seen_order.front());
    state.seen_order.pop_front();
  }
  return false;
}

// The session of `pair` that the alert falls into; 0: none.
MemberId session_of(const EngineState& state, const PairBaseline& pair, TimeNs time) {
  const TimeNs pause = state.options.member_pause;
  for (auto id = pair.members.rbegin(); id != pair.members.rend(); ++id) {
    const auto it = state.members.find(*id);
    if (it == state.members.end()) continue;
    const auto& data = it->second.data;
    if (time >= data.first - pause && time <= data.last + pause) return *id;
  }
  return 0;
}

EntityState& entity_node(EngineState& state, const std::string& tenant, const model::Entity& entity,
                         TimeNs time, bool again) {
  EntityState& node = state.entities.touch(entity_key(tenant, entity), again);
  if (node.alerts == 0) {
    node.entity = entity;
    node.tenant = tenant;
    node.first = node.last = time;
  }
  node.first = std::min(node.first, time);
  node.last = std::max(node.last, time);
  return node;
}

class Adder {
 public:
  Adder(EngineState& state, const model::AlertRecord& alert, std::string tenant)
      : state_(state),
        alert_(alert),
        tenant_(std::move(tenant)),
        weight_(1 + alert.suppressed),
        time_(std::clamp(alert.time, -kFarthest, kFarthest)) {}

  void add() {
    TenantClock& clock = state_.clocks[tenant_];
    if (clock.started && time_ < clock.now - state_.options.member_pause) ++state_.counts.late;
    learn_time_ = observe_time(clock, time_, alert_.detected);
    rule_ = &state_.rules.touch(joined_key({tenant_, alert_.rule_id}));
    choose_key();
    pair_ = &state_.pairs.touch(joined_key({tenant_, alert_.rule_id, key_}), !new_pair_);
    MemberId id = session_of(state_, *pair_, time_);
    const bool fresh = id == 0;
    if (fresh) id = begin(clock);
    grow(id, fresh);
    if (state_.members.at(id).routine) state_.counts.routine += weight_;
    keep_bounds(state_, clock.now);
  }

 private:
  // A flood of new keys is one member for each host, then one at all.
  void choose_key() {
    key_ = alert_.group_key;
    const auto known = [&] {
      return state_.pairs.find(joined_key({tenant_, alert_.rule_id, key_})) != nullptr;
    };
    new_pair_ = !known();
    if (!new_pair_) return;
    const double flood = rule_->new_keys.now(learn_time_, 30 * kMinute);
    if (flood < kNewKeys) return;
    overflow_ = true;
    rule_->new_keys.add(1, learn_time_, 30 * kMinute);
    const auto host =
        std::find_if(alert_.entities.begin(), alert_.entities.end(),
                     [](const model::Entity& entity) { return entity.kind == model::EntityKind::host; });
    key_ = flood < 4 * kNewKeys && host != alert_.entities.end() ? "many of host " + host->value : "many";
    new_pair_ = !known();
  }

  MemberId begin(const TenantClock& clock) {
    const Novelty novelty = novelty_of(clock, *rule_, *pair_, new_pair_, alert_.level, learn_time_);
    learn_session(*rule_, *pair_, new_pair_, learn_time_);
    MemberState member;
    auto& data = member.data;
    data.id =
        "mem-" +
        base::hash128_hex(joined_key({tenant_, alert_.rule_id, key_, std::to_string(time_)})).substr(0, 16);
    data.rule_id = alert_.rule_id;
    data.rule_title = alert_.rule_title.empty() ? alert_.rule_id : alert_.rule_title;
    data.group_key = key_;
    data.level = alert_.level;
    data.first = data.last = time_;
    member.tenant = tenant_;
    member.novelty = novelty.value;
    member.usual_alerts = novelty.usual_alerts;
    member.rule_was_rare = novelty.rule_was_rare;
    member.routine = novelty.routine;
    member.overflow = overflow_;
    member.next_hour = time_ + kHour;
    set_evidence(member, novelty.reason);
    const MemberId id = state_.next_id++;
    state_.member_ids.emplace(data.id, id);
    member.touched = state_.next_touch++;
    state_.waiting.emplace(member.touched, id);
    state_.members.emplace(id, std::move(member));
    std::erase_if(pair_->members, [&](MemberId old) { return !state_.members.contains(old); });
    pair_->members.push_back(id);
    if (pair_->members.size() > kMaxSessions) pair_->members.erase(pair_->members.begin());
    return id;
  }

  // Entities that the member did not have are added; true: there were some.
  bool take_entities(MemberState& member, bool fresh) {
    bool grown = false;
    for (const model::Entity& entity : alert_.entities) {
      auto& all = member.data.entities;
      const bool known = std::find(all.begin(), all.end(), entity) != all.end();
      EntityState& node = entity_node(state_, tenant_, entity, time_, fresh || !known);
      node.alerts += weight_;
      if (known || all.size() >= kMaxEntities) continue;
      all.push_back(entity);
      grown = true;
    }
    return grown;
  }

  void grow(MemberId id, bool fresh) {
    MemberState& member = state_.members.at(id);
    auto& data = member.data;
    data.first = std::min(data.first, time_);
    data.last = std::max(data.last, time_);
    data.alerts += weight_;
    if (data.alert_ids.size() < model::kMaxMemberAlerts) data.alert_ids.push_back(alert_.id);
    merge_texts(data.techniques, alert_.techniques);
    merge_texts(data.tactics, alert_.tactics);
    learn_alerts(*rule_, *pair_, weight_, learn_time_);
    const bool more_entities = take_entities(member, fresh);
    const bool raised = alert_.level > data.level;
    data.level = std::max(data.level, alert_.level);
    const bool look = fresh || data.alerts >= member.next_look || time_ >= member.next_hour || raised;
    bool stronger = false;
    if (look) {
      member.next_look = std::bit_floor(data.alerts) * 2;
      member.next_hour = std::max(member.next_hour, time_) + kHour;
      if (raised) set_evidence(member, "a stronger alert of the rule");
      stronger = look_again(state_, member, *rule_, learn_time_) || raised;
      add_entity_risk(state_, member, learn_time_);
    }
    settle(id, fresh || more_entities, stronger, look);
  }

  void settle(MemberId id, bool more_entities, bool stronger, bool look) {
    MemberState& member = state_.members.at(id);
    if (member.cluster == 0) {
      if (!member.routine && (look || stronger)) place_member(state_, id);
    } else {
      refresh_member(state_, id, alert_);
      if (more_entities || stronger) link_further(state_, id);
    }
    if (more_entities || stronger) register_member(state_, id, learn_time_);
    if (member.cluster == 0 || !state_.clusters.at(member.cluster).open) {
      state_.waiting.erase(member.touched);
      member.touched = state_.next_touch++;
      state_.waiting.emplace(member.touched, id);
    }
  }

  EngineState& state_;
  const model::AlertRecord& alert_;
  std::string tenant_, key_;
  std::uint64_t weight_;
  TimeNs time_;
  TimeNs learn_time_ = 0;
  RuleBaseline* rule_ = nullptr;
  PairBaseline* pair_ = nullptr;
  bool new_pair_ = false, overflow_ = false;
};

}  // namespace

void add_alert(EngineState& state, const model::AlertRecord& alert) {
  std::string tenant = tenant_of(alert);
  if (seen_before(state, alert, tenant)) {
    ++state.counts.duplicates;
    return;
  }
  state.counts.alerts += 1 + alert.suppressed;
  Adder(state, alert, std::move(tenant)).add();
}

}  // namespace vedette::correlate
