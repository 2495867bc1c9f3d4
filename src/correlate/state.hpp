// The state of the engine: plain data that the files of this module work on. Everything is ordered by number
// or text, so that nothing of the machine leaks into results.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "bounded_map.hpp"
#include "vedette/correlate/engine.hpp"

namespace vedette::correlate {

using base::TimeNs;
inline constexpr TimeNs kMinute = 60 * base::kNsPerSecond, kHour = 60 * kMinute, kDay = 24 * kHour;

using MemberId = std::uint64_t;   // 0: none
using ClusterId = std::uint64_t;  // 0: none

// A count that forgets: halved every `half_life`. Times that go back do not change it.
struct DecayingCount {
  double value = 0;
  TimeNs at = 0;
  double now(TimeNs time, TimeNs half_life) const;
  void add(double amount, TimeNs time, TimeNs half_life);
};

// Where a stream stands in event time, as its median says: single clocks that are wrong move nothing.
struct TenantClock {
  bool started = false;
  TimeNs first = 0, now = 0;
  std::vector<TimeNs> recent;  // ring of the newest times
  std::uint64_t next = 0;
  DecayingCount opened;  // incidents
};

// What is usual for a rule.
struct RuleBaseline {
  DecayingCount sessions, alerts, keys;  // keys: distinct ones it was new on
  DecayingCount new_keys;                // in the last half hour: a flood of spoofed keys
  DecayingCount episodes;                // sessions within half an hour of the first, on any key, are one
  TimeNs episode = 0;                    // begin of the newest,
  double usual_episodes = 0;             // and how usual the rule was then
  std::vector<MemberId> recent;          // notable members, one a cluster, newest last, at most 4
};
// What is usual for a rule on one key, and its newest sessions.
struct PairBaseline {
  DecayingCount sessions, alerts;
  TimeNs ticked = 0;              // when a going-on session was last counted as another
  std::vector<MemberId> members;  // newest last, at most 4
};

struct RiskPart {
  std::string rule_id, title;
  double points = 0;  // at `at`
  TimeNs at = 0;
  std::uint64_t count = 0;
};
struct EntityState {
  model::Entity entity;
  std::string tenant;
  TimeNs first = 0, last = 0;
  std::uint64_t alerts = 0;
  std::vector<MemberId> recent;  // notable members, one a cluster, newest last, at most 8
  // Others that it was seen with on the day that runs, hashed, at most 4 of a rule and 128 together.
  std::vector<std::pair<std::uint32_t, std::uint32_t>> seen_with;  // rule, other
  TimeNs day = 0;                                                  // start of the day that runs
  double usual_degree = -1;                                        // learned of whole days; -1: none yet
  std::vector<RiskPart> parts;                                     // at most 16
};

struct MemberState {
  model::IncidentMember data;
  std::string tenant;
  ClusterId cluster = 0;
  std::vector<ClusterId> came_from;  // incidents it was in before merges, newest last
  double novelty = 0;                // 0..1: how unusual at its begin
  double usual_alerts = 0;           // of a session of its rule and key; 0: not known
  bool rule_was_rare = false;
  bool routine = false, burst = false, persistent = false;
  bool overflow = false;        // stands for many keys: links nothing
  std::uint64_t next_look = 2;  // alerts at which it is looked at again: powers of 2
  TimeNs next_hour = 0;         // event time at which it is looked at again
  std::uint64_t touched = 0;    // place in the order of waiting members
};

struct RuleEvidence {
  double evidence = 0;  // of its strongest member
  std::uint64_t members = 0;
  std::string title, reason;
};
// An entity of a cluster.
struct ClusterEntity {
  std::uint64_t alerts = 0;
  TimeNs first = 0, last = 0;
  double evidence = 0;  // sum over its members
};
inline constexpr std::size_t kClusterEntities = 1024, kClusterTechniques = 256;
struct ClusterTactic {
  TimeNs first = 0;
  std::set<std::string> techniques;
};
struct Cluster {
  std::string tenant;
  std::string incident;  // id; given when it opens
  bool open = false, closed = false;
  TimeNs first = 0, last = 0, opened = 0, updated = 0;
  std::set<MemberId> members;
  std::map<std::string, RuleEvidence, std::less<>> rules;  // of its members
  std::map<std::string, ClusterTactic, std::less<>> tactics;
  std::set<std::string> techniques;
  std::map<model::Entity, ClusterEntity> entities;  // the first kClusterEntities of them
  std::uint64_t alerts = 0;
  model::Level level = model::Level::informational;
  double factor = 1;  // criticality of what matters most
  std::string factor_of;
  double points = 0;
  std::string merged_into, split_from, related;
  std::vector<std::string> merged_from;
  std::uint64_t revision = 0;
  std::set<ClusterId> foreign;  // a person said that they do not belong together
  std::uint64_t touched = 0;    // place in the order of incidents
};

struct EngineState {
  explicit EngineState(EngineOptions given);

  EngineOptions options;
  EngineCounts counts;
  std::uint64_t next_id = 1;     // of members and clusters
  std::uint64_t next_touch = 1;  // of the orders of eviction

  std::map<std::string, TenantClock, std::less<>> clocks;
  BoundedMap<RuleBaseline> rules;
  BoundedMap<PairBaseline> pairs;
  BoundedMap<EntityState> entities;
  std::map<MemberId, MemberState> members;
  std::map<std::string, MemberId, std::less<>> member_ids;
  std::map<ClusterId, Cluster> clusters;
  std::map<std::string, ClusterId, std::less<>> incidents;  // by tenant and id
  std::map<std::uint64_t, MemberId> waiting;                // members outside incidents, least recent first
  std::map<std::uint64_t, ClusterId> incident_order;        // incidents, least recent first
  std::map<std::string, std::vector<ClusterId>, std::less<>> hot;  // newest incidents of a tenant, at most 8

  std::set<std::uint64_t> seen;  // hashes of alert ids
  std::deque<std::uint64_t> seen_order;

  std::deque<model::IncidentChange> history;  // for undo, newest last, bounded
  std::set<std::string> done;                 // ids of commands
  std::deque<std::string> done_order;

  // To be told by take_changes().
  std::set<ClusterId> changed_clusters;
  std::set<MemberId> changed_members;
  std::set<std::string> changed_entities, changed_history;
};

// Keys of the maps: unambiguous, at most 400 bytes.
std::string joined_key(std::initializer_list<std::string_view> parts);
std::string entity_key(std::string_view tenant, const model::Entity& entity);
std::string incident_key(std::string_view tenant, std::string_view id);

}  // namespace vedette::correlate
