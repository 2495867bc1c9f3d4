#include "commands.hpp"

#include <algorithm>

#include "clusters.hpp"
#include "risk.hpp"
#include "vedette/base/hash.hpp"

namespace vedette::correlate {
namespace {

using Kind = model::IncidentCommand::Kind;
constexpr std::size_t kDoneKept = 10'000;

base::Error no_such(std::string_view what, std::string_view id) {
  return base::make_error(
      base::ErrorCode::not_found,
      "no such " + std::string(what) + ", or it is too old: \"" + std::string(id.substr(0, 100)) + "\"");
}
base::Error cannot(std::string message) {
  return base::make_error(base::ErrorCode::invalid_argument, std::move(message));
}

base::Result<ClusterId> incident_by_id(const EngineState& state, std::string_view tenant,
                                       std::string_view id) {
  const auto it = state.incidents.find(incident_key(tenant, id));
  if (it == state.incidents.end()) return no_such("incident", id);
  return it->second;
}

base::Result<ClusterId> living_incident(const EngineState& state, std::string_view tenant,
                                        std::string_view id) {
  TRY_ASSIGN(const ClusterId cluster, incident_by_id(state, tenant, id));
  if (!state.clusters.at(cluster).open)
    return cannot("incident " + std::string(id) + " lives on in " + state.clusters.at(cluster).merged_into);
  return cluster;
}

model::IncidentChange change_of(const model::IncidentCommand& command) {
  model::IncidentChange change;
  change.id = command.id;
  change.tenant = command.tenant;
  change.kind = command.kind;
  change.by = command.by;
  change.incident = command.incident;
  change.time = command.time;
  return change;
}

void link_by_hand(EngineState& state, MemberId id, const std::string& reason, model::LinkKind kind) {
  auto& links = state.members.at(id).data.links;
  links.insert(links.begin(), {kind, std::nullopt, {}, 1, reason});
  if (links.size() > 8) links.resize(8);
  state.changed_members.insert(id);
}

base::Status merge_by_hand(EngineState& state, const model::IncidentCommand& command) {
  TRY_ASSIGN(const ClusterId into, living_incident(state, command.tenant, command.incident));
  std::vector<ClusterId> others;
  std::size_t members = state.clusters.at(into).members.size();
  for (const std::string& other : command.others) {
    TRY_ASSIGN(const ClusterId from, living_incident(state, command.tenant, other));
    if (from == into || std::find(others.begin(), others.end(), from) != others.end())
      return cannot("incident " + other + " is named twice");
    others.push_back(from);
    members += state.clusters.at(from).members.size();
  }
  if (others.empty()) return cannot("a merge names the incidents to merge");
  if (members > state.options.max_members_an_incident)
    return cannot("together they would have too many members");
  model::IncidentChange change = change_of(command);
  change.others = command.others;
  change.reason = "merged by " + command.by;
  for (const ClusterId from : others) {
    const std::set<MemberId> moved = state.clusters.at(from).members;
    for (const MemberId id : moved) {
      change.members.push_back(state.members.at(id).data.id);
      link_by_hand(state, id, change.reason, model::LinkKind::merged);
    }
    state.clusters.at(into).foreign.erase(from);
    state.clusters.at(from).foreign.erase(into);
    merge_clusters(state, into, from);
  }
  add_history(state, std::move(change));
  return base::ok_status();
}

base::Status split_by_hand(EngineState& state, const model::IncidentCommand& command) {
  TRY_ASSIGN(const ClusterId from, living_incident(state, command.tenant, command.incident));
  std::set<MemberId> moved;
  for (const std::string& name : command.members) {
    const auto it = state.member_ids.find(name);
    if (it == state.member_ids.end() || !state.clusters.at(from).members.contains(it->second))
      return no_such("member of the incident", name);
    moved.insert(it->second);
  }
  if (moved.empty()) return cannot("a split names the members that become an incident of their own");
  if (moved.size() == state.clusters.at(from).members.size()) return cannot("a split leaves members behind");
  const ClusterId to = new_cluster(state, state.clusters.at(from).tenant);
  state.clusters.at(to).split_from = command.incident;
  model::IncidentChange change = change_of(command);
  change.reason = "split by " + command.by;
  for (const MemberId id : moved) {
    move_member(state, id, to);
    link_by_hand(state, id, change.reason, model::LinkKind::by_hand);
    change.members.push_back(state.members.at(id).data.id);
  }
  recompute(state, from);
  recompute(state, to);
  state.clusters.at(from).foreign.insert(to);
  state.clusters.at(to).foreign.insert(from);
  open_incident(state, to,
                "inc-" + base::hash128_hex(joined_key({command.incident, command.id})).substr(0, 16));
  change.others = {state.clusters.at(to).incident};
  add_history(state, std::move(change));
  return base::ok_status();
}

// Members of a merge go back where they came from; the engine does not bring them together again.
base::Status undo_merge(EngineState& state, const model::IncidentChange& change, const std::string& by) {
  TRY_ASSIGN(const ClusterId into, incident_by_id(state, change.tenant, change.incident));
  std::vector<ClusterId> others;
  for (const std::string& other : change.others) {
    TRY_ASSIGN(const ClusterId from, incident_by_id(state, change.tenant, other));
    if (state.clusters.at(from).open ||
        state.clusters.at(from).merged_into != state.clusters.at(into).incident)
      return cannot("incident " + other + " does not live on in " + change.incident + " any more");
    others.push_back(from);
  }
  const std::set<std::string> moved(change.members.begin(), change.members.end());
  for (const ClusterId from : others) {
    Cluster& back = state.clusters.at(from);
    std::vector<MemberId> own;
    for (const MemberId id : state.clusters.at(into).members) {
      const MemberState& member = state.members.at(id);
      if (moved.contains(member.data.id) && !member.came_from.empty() && member.came_from.back() == from)
        own.push_back(id);
    }
    if (own.empty() || own.size() == state.clusters.at(into).members.size())
      return cannot("the merge has nothing left to undo");
    back.open = true;
    back.merged_into.clear();
    for (const MemberId id : own) {
      move_member(state, id, from);
      state.members.at(id).came_from.pop_back();
      link_by_hand(state, id, "the merge was undone by " + by, model::LinkKind::by_hand);
    }
    Cluster& to = state.clusters.at(into);
    std::erase(to.merged_from, back.incident);
    to.foreign.insert(from);
    back.foreign.insert(into);
    recompute(state, from);
    recompute(state, into);
  }
  return base::ok_status();
}

base::Status undo_split(EngineState& state, const model::IncidentChange& change) {
  TRY_ASSIGN(const ClusterId into, living_incident(state, change.tenant, change.incident));
  if (change.others.size() != 1) return cannot("the split made no incident");
  TRY_ASSIGN(const ClusterId from, living_incident(state, change.tenant, change.others.front()));
  if (from == into) return cannot("an incident cannot be merged into itself");
  state.clusters.at(into).foreign.erase(from);
  state.clusters.at(from).foreign.erase(into);
  merge_clusters(state, into, from);
  return base::ok_status();
}

base::Status undo_change(EngineState& state, const model::IncidentCommand& command) {
  const auto it =
      std::find_if(state.history.begin(), state.history.end(), [&](const model::IncidentChange& change) {
        return change.id == command.undoes && change.tenant == command.tenant;
      });
  if (it == state.history.end()) return no_such("merge or split", command.undoes);
  if (it->undone) return cannot("it is undone already");
  TRY((it->kind == Kind::merge ? undo_merge(state, *it, command.by) : undo_split(state, *it)));
  it->undone = true;
  state.changed_history.insert(it->id);
  return base::ok_status();
}

base::Status set_closed(EngineState& state, const model::IncidentCommand& command, bool closed) {
  TRY_ASSIGN(const ClusterId id, living_incident(state, command.tenant, command.incident));
  state.clusters.at(id).closed = closed;
  touch_incident(state, id);
  return base::ok_status();
}

}  // namespace

base::Status do_command(EngineState& state, const model::IncidentCommand& command) {
  const std::string done = joined_key({command.tenant, command.id});
  if (command.id.empty()) return cannot("a command has an id");
  if (state.done.contains(done)) return base::ok_status();
  base::Status status = base::ok_status();
  switch (command.kind) {
    case Kind::merge:
      status = merge_by_hand(state, command);
      break;
    case Kind::split:
      status = split_by_hand(state, command);
      break;
    case Kind::undo:
      status = undo_change(state, command);
      break;
    case Kind::close:
      status = set_closed(state, command, true);
      break;
    case Kind::reopen:
      status = set_closed(state, command, false);
      break;
  }
  TRY(status);
  state.done.insert(done);
  state.done_order.push_back(done);
  if (state.done_order.size() > kDoneKept) {
    state.done.erase(state.done_order.front());
    state.done_order.pop_front();
  }
  return base::ok_status();
}

}  // namespace vedette::correlate
