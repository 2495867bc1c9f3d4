#include "snapshot.hpp"

#include "archive.hpp"
#include "vedette/base/hash.hpp"

// Functions named archive are found by their argument: those of the model's types are in its namespace.
namespace vedette::model {

template <typename Archive>
static void archive(Archive& io, Entity& entity) {
  using correlate::archive;
  archive(io, entity.kind);
  archive(io, entity.value);
}

template <typename Archive>
static void archive(Archive& io, IncidentLink& link) {
  using correlate::archive;
  archive(io, link.kind);
  archive(io, link.entity);
  archive(io, link.other);
  archive(io, link.weight);
  archive(io, link.reason);
}

template <typename Archive>
static void archive(Archive& io, IncidentMember& member) {
  using correlate::archive;
  archive(io, member.id);
  archive(io, member.rule_id);
  archive(io, member.rule_title);
  archive(io, member.level);
  archive(io, member.group_key);
  archive(io, member.techniques);
  archive(io, member.tactics);
  archive(io, member.entities);
  archive(io, member.first);
  archive(io, member.last);
  archive(io, member.alerts);
  archive(io, member.alert_ids);
  archive(io, member.evidence);
  archive(io, member.evidence_reason);
  archive(io, member.links);
}

template <typename Archive>
static void archive(Archive& io, IncidentChange& change) {
  using correlate::archive;
  archive(io, change.id);
  archive(io, change.tenant);
  archive(io, change.kind);
  archive(io, change.by);
  archive(io, change.incident);
  archive(io, change.others);
  archive(io, change.members);
  archive(io, change.time);
  archive(io, change.reason);
  archive(io, change.undone);
}

}  // namespace vedette::model

namespace vedette::correlate {

template <typename Archive>
static void archive(Archive& io, DecayingCount& count) {
  archive(io, count.value);
  archive(io, count.at);
}

template <typename Archive>
static void archive(Archive& io, TenantClock& clock) {
  archive(io, clock.started);
  archive(io, clock.first);
  archive(io, clock.now);
  archive(io, clock.recent);
  archive(io, clock.next);
  archive(io, clock.opened);
}

template <typename Archive>
static void archive(Archive& io, RuleBaseline& rule) {
  archive(io, rule.sessions);
  archive(io, rule.alerts);
  archive(io, rule.keys);
  archive(io, rule.new_keys);
  archive(io, rule.episodes);
  archive(io, rule.episode);
  archive(io, rule.usual_episodes);
  archive(io, rule.recent);
}

template <typename Archive>
static void archive(Archive& io, PairBaseline& pair) {
  archive(io, pair.sessions);
  archive(io, pair.alerts);
  archive(io, pair.ticked);
  archive(io, pair.members);
}

template <typename Archive>
static void archive(Archive& io, RiskPart& part) {
  archive(io, part.rule_id);
  archive(io, part.title);
  archive(io, part.points);
  archive(io, part.at);
  archive(io, part.count);
}

template <typename Archive>
static void archive(Archive& io, EntityState& entity) {
  archive(io, entity.entity);
  archive(io, entity.tenant);
  archive(io, entity.first);
  archive(io, entity.last);
  archive(io, entity.alerts);
  archive(io, entity.recent);
  archive(io, entity.seen_with);
  archive(io, entity.day);
  archive(io, entity.usual_degree);
  archive(io, entity.parts);
}

template <typename Archive>
static void archive(Archive& io, MemberState& member) {
  archive(io, member.data);
  archive(io, member.tenant);
  archive(io, member.cluster);
  archive(io, member.came_from);
  archive(io, member.novelty);
  archive(io, member.usual_alerts);
  archive(io, member.rule_was_rare);
  archive(io, member.routine);
  archive(io, member.burst);
  archive(io, member.persistent);
  archive(io, member.overflow);
  archive(io, member.next_look);
  archive(io, member.next_hour);
  archive(io, member.touched);
}

template <typename Archive>
static void archive(Archive& io, RuleEvidence& rule) {
  archive(io, rule.evidence);
  archive(io, rule.members);
  archive(io, rule.title);
  archive(io, rule.reason);
}

template <typename Archive>
static void archive(Archive& io, ClusterEntity& entity) {
  archive(io, entity.alerts);
  archive(io, entity.first);
  archive(io, entity.last);
  archive(io, entity.evidence);
}

template <typename Archive>
static void archive(Archive& io, ClusterTactic& tactic) {
  archive(io, tactic.first);
  archive(io, tactic.techniques);
}

template <typename Archive>
static void archive(Archive& io, Cluster& cluster) {
  archive(io, cluster.tenant);
  archive(io, cluster.incident);
  archive(io, cluster.open);
  archive(io, cluster.closed);
  archive(io, cluster.first);
  archive(io, cluster.last);
  archive(io, cluster.opened);
  archive(io, cluster.updated);
  archive(io, cluster.members);
  archive(io, cluster.rules);
  archive(io, cluster.tactics);
  archive(io, cluster.techniques);
  archive(io, cluster.entities);
  archive(io, cluster.alerts);
  archive(io, cluster.level);
  archive(io, cluster.factor);
  archive(io, cluster.factor_of);
  archive(io, cluster.points);
  archive(io, cluster.merged_into);
  archive(io, cluster.split_from);
  archive(io, cluster.related);
  archive(io, cluster.merged_from);
  archive(io, cluster.revision);
  archive(io, cluster.foreign);
  archive(io, cluster.touched);
}

template <typename Archive>
static void archive(Archive& io, EngineCounts& counts) {
  archive(io, counts.alerts);
  archive(io, counts.duplicates);
  archive(io, counts.late);
  archive(io, counts.routine);
  archive(io, counts.incidents);
  archive(io, counts.evicted);
}

template <typename Archive, typename Value>
static void archive(Archive& io, BoundedMap<Value>& map) {
  std::uint64_t evicted = map.evicted();
  archive(io, evicted);
  const std::size_t size = io.size(map.size());
  if constexpr (Archive::kReads) {
    map.set_evicted(evicted);
    for (std::size_t i = 0; i < size && io.ok(); ++i) {
      std::string key;
      bool known = false;
      archive(io, key);
      archive(io, known);
      archive(io, map.append(std::move(key), known));
    }
  } else {
    map.each([&](const auto& node) {
      std::string key = node.key;
      bool known = node.known;
      archive(io, key);
      archive(io, known);
      archive(io, const_cast<Value&>(node.value));  // the writer does not change what it writes
    });
  }
}

template <typename Archive>
static void archive(Archive& io, EngineState& state) {
  archive(io, state.counts);
  archive(io, state.next_id);
  archive(io, state.next_touch);
  archive(io, state.clocks);
  archive(io, state.rules);
  archive(io, state.pairs);
  archive(io, state.entities);
  archive(io, state.members);
  archive(io, state.clusters);
  archive(io, state.hot);
  archive(io, state.incident_order);
  archive(io, state.seen_order);
  archive(io, state.history);
  archive(io, state.done_order);
  archive(io, state.changed_clusters);
  archive(io, state.changed_members);
  archive(io, state.changed_entities);
  archive(io, state.changed_history);
}

namespace {

constexpr std::string_view kMagic = "vedcorr\x01";

base::Error corrupt_state(std::string_view why) {
  return base::make_error(base::ErrorCode::corrupt, "state of the correlation: " + std::string(why));
}

// What is kept twice for speed.
bool index_state(EngineState& state) {
  for (const auto& [id, member] : state.members) {
    if (member.cluster != 0 && !state.clusters.contains(member.cluster)) return false;
    state.member_ids.emplace(member.data.id, id);
    const auto cluster = state.clusters.find(member.cluster);
    if (cluster == state.clusters.end() || !cluster->second.open) state.waiting.emplace(member.touched, id);
  }
  for (const auto& [id, cluster] : state.clusters) {
    for (const MemberId member : cluster.members) {
      if (!state.members.contains(member)) return false;
    }
    if (!cluster.incident.empty())
      state.incidents.emplace(incident_key(cluster.tenant, cluster.incident), id);
  }
  state.seen.insert(state.seen_order.begin(), state.seen_order.end());
  state.done.insert(state.done_order.begin(), state.done_order.end());
  return true;
}

}  // namespace

std::string save_state(const EngineState& state) {
  std::string body;
  ArchiveWriter writer(body);
  archive(writer, const_cast<EngineState&>(state));  // the writer does not change what it writes
  std::string out(kMagic);
  ArchiveWriter head(out);
  std::uint64_t checksum = base::hash64(body);
  archive(head, checksum);
  out += body;
  return out;
}

base::Status restore_state(EngineState& state, std::string_view bytes) {
  if (!bytes.starts_with(kMagic)) return corrupt_state("another version, or nobody, wrote it");
  bytes.remove_prefix(kMagic.size());
  if (bytes.size() < 8) return corrupt_state("it is cut off");
  ArchiveReader head(bytes.substr(0, 8));
  std::uint64_t checksum = 0;
  archive(head, checksum);
  bytes.remove_prefix(8);
  if (base::hash64(bytes) != checksum) return corrupt_state("its checksum is wrong");
  ArchiveReader reader(bytes);
  archive(reader, state);
  if (!reader.ok() || !reader.at_end() || !index_state(state)) return corrupt_state("it is damaged");
  return base::ok_status();
}

}  // namespace vedette::correlate
