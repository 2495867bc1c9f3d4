// LiveCorrelation: the windows of one correlation over a stream.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "correlation/observation.hpp"
#include "correlation/window.hpp"
#include "live/correlation_plan.hpp"
#include "vedette/detect/correlator.hpp"

namespace vedette::detect {

class StateReader;
class StateWriter;

// What all correlations of a detector hold together.
struct StreamUsage {
  std::size_t observations = 0, bytes = 0;
  std::uint64_t late = 0, dropped = 0;
};

// The order of hits in a group. Among hits of one time: where all of them are known before they are taken, by
// member and id, as at the end of a scan; else in the order of arrival, but for temporal_ordered by member.
struct HitOrder {
  using is_transparent = void;
  enum class Ties : std::uint8_t { arrival, member, full } ties = Ties::arrival;
  bool operator()(const Observation& a, const Observation& b) const;
  bool operator()(const Observation& a, base::TimeNs b) const { return a.time < b; }
  bool operator()(base::TimeNs a, const Observation& b) const { return a < b.time; }
};

struct LiveGroup {
  using Held = std::multiset<Observation, HitOrder>;
  explicit LiveGroup(HitOrder order) : held(order), next(held.end()) {}

  std::string_view key;  // of the map that holds the group
  Held held;
  Held::iterator next;  // the first that the window has not taken (correlations that hold hits)
  // Of those that take hits at once: nothing while it does not hold all that it should.
  std::optional<Window> window;
  std::vector<base::TimeNs> alerted;  // ascending: times of alerts that keep the group quiet
  // Judgement that late hits made necessary and that waits until it pays.
  std::optional<base::TimeNs> judge_from;
  std::uint64_t credit = 0;
  std::optional<base::TimeNs> due;
};

// Hits come one by one. A finding's observations are valid during the call of `report` only.
class LiveCorrelation {
 public:
  using Report = std::function<void(const LiveCorrelation&, const Finding&)>;
  LiveCorrelation(const PlannedCorrelation& plan, const CorrelatorLimits& limits, StreamUsage& usage,
                  Report report);

  const PlannedCorrelation& plan() const { return plan_; }
  // Its index in the rule set that is in force.
  std::uint32_t index() const { return index_; }
  void set_index(std::uint32_t index) { index_ = index; }
  // `latest`: the time that the stream has reached. Takes no part if it is too late (counted).
  void add(Observation observation, base::TimeNs latest);

  // When there is something to do next.
  std::optional<base::TimeNs> due() const {
    return due_.empty() ? std::nullopt : std::optional(due_.begin()->at);
  }
  // Does the first thing that is due.
  void run_first();
  // Does all that is due up to `at`, and takes what comes before `settled` for late from then on.
  void run_until(base::TimeNs at, base::TimeNs settled);
  // Frees what can matter no more.
  void sweep(base::TimeNs latest);

  void write(StateWriter& out) const;
  // Into a new one. False if the bytes make no sense.
  bool read(StateReader& in);
  bool is_used() const { return newest_ != INT64_MIN || !groups_.empty(); }
  // What it holds counts no more; it may then be destroyed by any thread.
  void disown();

 private:
  struct Due {
    base::TimeNs at;
    std::string_view key;
    LiveGroup* group;
    bool operator<(const Due& other) const { return std::tie(at, key) < std::tie(other.at, other.key); }
  };

  void count(const Observation& observation, bool comes);
  LiveGroup& group_of(const std::string& key);
  void add_held(LiveGroup& group, Observation observation);
  void add_at_once(LiveGroup& group, Observation observation, base::TimeNs latest);
  void judge(LiveGroup& group);
  void rebuild_window(LiveGroup& group);
  void take_due(LiveGroup& group, base::TimeNs limit);
  void take(LiveGroup& group, const Observation& observation, bool wanted);
  bool is_quiet(const LiveGroup& group, base::TimeNs time) const;
  bool is_quiet_throughout(const LiveGroup& group, base::TimeNs from, base::TimeNs to) const;
  void trim(LiveGroup& group, base::TimeNs before);
  void erase_until(LiveGroup& group, LiveGroup::Held::iterator end);
  void schedule(LiveGroup& group, std::optional<base::TimeNs> at);
  void schedule_held(LiveGroup& group);
  void write_group(StateWriter& out, const LiveGroup& group) const;
  bool read_group(StateReader& in);
  bool read_held(StateReader& in, LiveGroup& group, std::size_t held);
  void take_again(LiveGroup& group, const Observation& observation);

  const PlannedCorrelation plan_;
  const base::TimeNs timespan_;
  const CorrelatorLimits limits_;
  StreamUsage& usage_;
  std::size_t observations_ = 0, bytes_ = 0;  // its part of usage_
  const Report report_;
  std::uint32_t index_ = 0;
  HitOrder order_;
  std::unordered_map<std::string, std::unique_ptr<LiveGroup>> groups_;
  std::set<Due> due_;
  base::TimeNs newest_ = INT64_MIN;   // hit
  base::TimeNs settled_ = INT64_MIN;  // hits before it come too late, after a silence
};

}  // namespace vedette::detect
