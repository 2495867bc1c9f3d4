// The correlation engine: alerts in, incidents out, deterministic: the same alerts and commands in the same
// order give the same incidents, with the same ids, whatever was saved and restored between.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "vedette/base/result.hpp"
#include "vedette/base/time.hpp"
#include "vedette/model/incident.hpp"

namespace vedette::correlate {

// How much an entity matters, by kind and value ("*" matches any part of it): 0.5 little, 1 as usual, 2 crown
// jewel.
struct Criticality {
  model::EntityKind kind = model::EntityKind::host;
  std::string pattern;
  double factor = 1;
  std::string tenant = {};  // whose entities; empty: the default one's
  bool operator==(const Criticality&) const = default;
};

struct EngineOptions {
  // Alerts of one rule and key that pause longer are another member.
  base::TimeNs member_pause = 30 * 60 * base::kNsPerSecond;
  // An incident that got nothing for so long takes nothing more; a later alert opens another.
  base::TimeNs incident_idle = 24 * 3600 * base::kNsPerSecond;
  // Evidence, in points of risk, from which linked alerts are an incident. Below they wait.
  double open_at = 40;
  // Bounds: past them the least recent go first, and it is counted.
  std::size_t max_open_members = 200'000, max_open_entities = 200'000;
  std::size_t max_members_an_incident = 5'000;
  std::vector<Criticality> criticality;
};

// Risk of a user, host or address: a sum over its alerts that decays with time and diminishes with
// repetition.
struct EntityRisk {
  model::Entity entity;
  std::string tenant;
  double risk = 0;  // 0..100 at `at`
  double criticality = 1;
  base::TimeNs first = 0, last = 0, at = 0;
  std::uint64_t alerts = 0;
  std::vector<model::Contribution> contributions;  // most first, at most 16
};

// What changed since it was last asked.
struct Changes {
  std::vector<model::Incident> incidents;  // new and changed ones, each once, in its newest state
  struct Member {
    std::string incident;  // where it is now; empty: in none any more
    model::IncidentMember member;
  };
  std::vector<Member> members;
  std::vector<model::IncidentChange> history;  // merges and splits
  std::vector<EntityRisk> entities;
};

struct EngineCounts {
  std::uint64_t alerts = 0, duplicates = 0, late = 0, routine = 0;  // routine: known noise, linked to nothing
  std::uint64_t open_members = 0, open_incidents = 0, incidents = 0, entities = 0, super_nodes = 0,
                evicted = 0;
};

// Not thread safe.
class Engine {
 public:
  explicit Engine(EngineOptions options);
  ~Engine();
  Engine(Engine&&) noexcept;
  Engine& operator=(Engine&&) noexcept;

  // Alerts may come late, out of order and twice (the same id within the window is counted once).
  void add(const model::AlertRecord& alert);
  // not_found: no such incident, member or change (or it is too old); invalid_argument: cannot be done (a
  // merge across tenants, a split of all members); the message says what.
  base::Status command(const model::IncidentCommand& command);
  Changes take_changes();
  EngineCounts counts() const;

  // The whole state; restore of a text that another version or nobody wrote says corrupt and changes nothing.
  std::string save() const;
  base::Status restore(std::string_view state);

  void set_criticality(std::vector<Criticality> criticality);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace vedette::correlate
