// The graph of an incident and its timeline.
#include <algorithm>
#include <map>
#include <set>

#include "rest/groups/incident_json.hpp"
#include "vedette/base/text.hpp"

namespace vedette::api::incidents_group {
namespace {

using boost::json::array;
using boost::json::object;

// --- graph ---

std::string entity_node_id(const model::Entity& entity) {
  return "e:" + std::string(model::entity_kind_name(entity.kind)) + ":" + entity.value;
}

object entity_node(const model::IncidentEntity& one) {
  return {{"id", entity_node_id(one.entity)},
          {"kind", "entity"},
          {"label", one.entity.value},
          {"entity_kind", model::entity_kind_name(one.entity.kind)},
          {"level", nullptr},
          {"alerts", one.alerts},
          {"risk", one.risk},
          {"first", time_json(one.first)},
          {"last", time_json(one.last)}};
}

object member_node(const model::IncidentMember& member) {
  return {{"id", "m:" + member.id},
          {"kind", "member"},
          {"label", member.rule_title.empty() ? member.rule_id : member.rule_title},
          {"entity_kind", nullptr},
          {"level", model::level_name(member.level)},
          {"alerts", member.alerts},
          {"risk", member.evidence * 100},
          {"first", time_json(member.first)},
          {"last", time_json(member.last)}};
}

object graph_edge(const std::string& from, const std::string& to, std::string_view kind, double weight,
                  const std::string& reason) {
  return {{"from", from}, {"to", to}, {"kind", kind}, {"weight", weight}, {"reason", reason}};
}

// Entities by the nodes that they join: those of one member alone come last.
std::vector<model::IncidentEntity> entities_to_draw(const model::Incident& incident,
                                                    const std::vector<model::IncidentMember>& members,
                                                    std::size_t most) {
  std::map<model::Entity, std::size_t> degree;
  for (const model::IncidentMember& member : members) {
    for (const model::Entity& entity : member.entities) ++degree[entity];
  }
  std::vector<model::IncidentEntity> out;
  for (const model::IncidentEntity& one : incident.entities) {
    if (degree.contains(one.entity)) out.push_back(one);
  }
  std::stable_sort(out.begin(), out.end(),
                   [&](const auto& a, const auto& b) { return degree[a.entity] > degree[b.entity]; });
  if (out.size() > most) out.resize(most);
  return out;
}

Reply graph_of_incident(Call& call, const RestParts& parts) {
  const IncidentView view(parts, call);
  BOOK_ASSIGN(const std::optional<SeenIncident> seen, view.get(call.path("id")));
  if (!seen) return not_found("incident");
  const auto most = static_cast<std::size_t>(std::clamp<std::int64_t>(call.integer("nodes", 150), 10, 500));
  const std::size_t most_members = most / 2;
  BOOK_ASSIGN(cases::CasePage<model::IncidentMember> page,
              view.book().members(seen->value.incident.id, "evidence", true, {},
                                  static_cast<std::uint32_t>(most_members)));
  bool cut = !page.next.empty();
  BOOK_ASSIGN(const std::vector<model::IncidentMember> members, view.see(std::move(page.items), 20));
  const auto entities = entities_to_draw(seen->value.incident, members, most - members.size());
  cut = cut || entities.size() < seen->value.incident.entities.size();
  std::set<model::Entity> drawn;
  std::set<std::string> member_ids;
  array nodes, edges;
  for (const model::IncidentMember& member : members) {
    nodes.emplace_back(member_node(member));
    member_ids.insert(member.id);
  }
  for (const model::IncidentEntity& one : entities) {
    nodes.emplace_back(entity_node(one));
    drawn.insert(one.entity);
  }
  for (const model::IncidentMember& member : members) {
    const std::string from = "m:" + member.id;
    for (const model::Entity& entity : member.entities) {
      if (!drawn.contains(entity)) continue;
      double weight = 0;
      for (const model::IncidentLink& link : member.links) {
        if (link.entity == entity) weight = std::max(weight, link.weight);
      }
      edges.emplace_back(
          graph_edge(from, entity_node_id(entity), "names", weight,
                     "Its alerts name the " + std::string(model::entity_kind_name(entity.kind)) + "."));
    }
    for (const model::IncidentLink& link : member.links) {
      if (!member_ids.contains(link.other)) continue;
      edges.emplace_back(
          graph_edge(from, "m:" + link.other, model::link_kind_name(link.kind), link.weight, link.reason));
    }
  }
  Reply reply;
  reply.body = object{{"nodes", std::move(nodes)}, {"edges", std::move(edges)}, {"cut", cut}};
  return reply;
}

// --- timeline ---

struct TimelineOrder {
  bool descending = false;
  // What the page before ended with.
  bool begun = false;
  base::TimeNs time = 0;
  std::string key;
  bool is_after(base::TimeNs other_time, const std::string& other_key) const {
    if (!begun) return true;
    const std::pair<base::TimeNs, std::string_view> other(other_time, other_key), last(time, key);
    return descending ? other < last : last < other;
  }
};

// "<time>.<key>"; keys are "e" or "m" and an id.
bool read_timeline_cursor(std::string_view text, TimelineOrder& order) {
  if (text.empty()) return true;
  const std::size_t dot = text.find('.');
  if (dot == std::string_view::npos) return false;
  const auto time = base::parse_int(text.substr(0, dot));
  if (!time) return false;
  order.begun = true;
  order.time = *time;
  order.key = std::string(text.substr(dot + 1));
  return true;
}

struct TimelineItem {
  base::TimeNs time = 0, shown = 0;  // shown: of the part that is seen
  std::string key;
  Json entry, member;
  std::string kind, id;
};

struct TimelineKinds {
  bool members = true;
  std::vector<cases::Entry::Kind> entries;  // empty: all
  bool any_entries = true;
};

TimelineKinds read_timeline_kinds(Call& call) {
  TimelineKinds out;
  const auto names = call.query_all("kind");
  if (names.empty()) return out;
  out.members = std::find(names.begin(), names.end(), "member") != names.end();
  for (int i = 0; i < 8; ++i) {
    const auto kind = static_cast<cases::Entry::Kind>(i);
    if (std::find(names.begin(), names.end(), cases::entry_kind_name(kind)) != names.end())
      out.entries.push_back(kind);
  }
  out.any_entries = !out.entries.empty();
  return out;
}

// Takes at least `limit` more items behind the cursor, or all there are. `bound`: of what was not looked at.
class TimelineReader {
 public:
  TimelineReader(const IncidentView& view, const SeenIncident& incident, const TimelineOrder& order,
                 std::size_t limit)
      : view_(view), incident_(incident), order_(order), limit_(limit) {}

  base::Status read_entries(const std::vector<std::string>& incidents,
                            const std::vector<cases::Entry::Kind>& kinds) {
    std::string after;
    std::size_t taken = 0;
    do {
      TRY_ASSIGN(auto page,
                 view_.book().entries(incidents, kinds, order_.descending, start(), after, page_size()));
      for (cases::StoredEntry& stored : page.items) {
        const std::string key = "e" + stored.entry.id;
        if (!order_.is_after(stored.entry.time, key)) continue;
        ++taken;
        looked_at(stored.entry.time, key);
        TRY_ASSIGN(const auto seen, view_.see(std::move(stored), incident_));
        if (!seen) continue;
        TimelineItem item{
            seen->entry.time,  seen->entry.time, key,
            entry_json(*seen), nullptr,          std::string(cases::entry_kind_name(seen->entry.kind)),
            seen->entry.id};
        items_.push_back(std::move(item));
      }
      after = page.next;
    } while (!after.empty() && taken <= limit_);
    end_of_part(!after.empty());
    return base::ok_status();
  }

  base::Status read_members(const std::string& incident) {
    std::string after;
    std::size_t taken = 0;
    do {
      TRY_ASSIGN(auto page,
                 view_.book().members(incident, "first", order_.descending, after, page_size(), start()));
      std::vector<model::IncidentMember> behind;
      for (model::IncidentMember& member : page.items) {
        const std::string key = "m" + member.id;
        if (!order_.is_after(member.first, key)) continue;
        ++taken;
        looked_at(member.first, key);
        positions_[member.id] = member.first;
        behind.push_back(std::move(member));
      }
      TRY_ASSIGN(const auto seen, view_.see(std::move(behind), 20));
      for (const model::IncidentMember& member : seen) {
        items_.push_back({positions_[member.id], member.first, "m" + member.id, nullptr, member_json(member),
                          "member", member.id});
      }
      after = page.next;
    } while (!after.empty() && taken <= limit_);
    end_of_part(!after.empty());
    return base::ok_status();
  }

  // In order, without what may have something unread before it; `next`: the cursor of the rest.
  std::vector<TimelineItem> take(std::string& next) {
    std::sort(items_.begin(), items_.end(), [&](const TimelineItem& a, const TimelineItem& b) {
      const auto x = std::tie(a.time, a.key), y = std::tie(b.time, b.key);
      return order_.descending ? y < x : x < y;
    });
    std::erase_if(items_, [&](const TimelineItem& item) {
      return more_ && is_before(bound_, {item.time, item.key});
    });
    if (items_.size() > limit_) {
      items_.resize(limit_);
      next = std::to_string(items_.back().time) + "." + items_.back().key;
    } else if (more_) {
      next = std::to_string(bound_.first) + "." + bound_.second;
    }
    return std::move(items_);
  }

 private:
  using Place = std::pair<base::TimeNs, std::string>;
  bool is_before(const Place& a, const Place& b) const { return order_.descending ? b < a : a < b; }
  std::optional<base::TimeNs> start() const {
    return order_.begun ? std::optional(order_.time) : std::nullopt;
  }
  std::uint32_t page_size() const { return static_cast<std::uint32_t>(limit_ + 1); }
  void looked_at(base::TimeNs time, const std::string& key) {
    const Place place{time, key};
    if (!has_last_ || is_before(last_, place)) last_ = place;
    has_last_ = true;
  }
  void end_of_part(bool more) {
    if (more && has_last_ && (!more_ || is_before(last_, bound_))) bound_ = last_;
    more_ = more_ || (more && has_last_);
    has_last_ = false;
  }

  const IncidentView& view_;
  const SeenIncident& incident_;
  const TimelineOrder& order_;
  std::size_t limit_;
  std::vector<TimelineItem> items_;
  std::map<std::string, base::TimeNs> positions_;
  Place last_, bound_;
  bool has_last_ = false, more_ = false;
};

Reply timeline_of_incident(Call& call, const RestParts& parts) {
  const IncidentView view(parts, call);
  BOOK_ASSIGN(const std::optional<SeenIncident> seen, view.get(call.path("id")));
  if (!seen) return not_found("incident");
  TimelineOrder order;
  order.descending = call.query("sort").value_or("time").starts_with('-');
  BOOK_ASSIGN(const std::string cursor, view.open_cursor(call.query("after").value_or("")));
  if (!read_timeline_cursor(cursor, order))
    return problem(422, "cursor", "is not a cursor of this list", {{"query:after", "is not a cursor"}});
  const model::Incident& incident = seen->value.incident;
  const TimelineKinds kinds = read_timeline_kinds(call);
  std::vector<std::string> incidents = {incident.id};
  for (const std::string& other : incident.merged_from) {
    if (incidents.size() < 200) incidents.push_back(other);
  }
  TimelineReader reader(view, *seen, order, std::min<std::size_t>(page_limit(call), 500));
  base::Status read = base::ok_status();
  if (kinds.any_entries) read = reader.read_entries(incidents, kinds.entries);
  if (read.ok() && kinds.members) read = reader.read_members(incident.id);
  if (!read.ok()) return problem_of_book(read.error());
  std::string next;
  array items;
  for (TimelineItem& item : reader.take(next)) {
    items.emplace_back(object{{"id", item.id},
                              {"kind", item.kind},
                              {"time", base::format_rfc3339(item.shown)},
                              {"entry", std::move(item.entry)},
                              {"member", std::move(item.member)}});
  }
  BOOK_ASSIGN(next, view.shown_cursor(std::move(next)));
  Reply reply;
  reply.body = page_json(std::move(items), next);
  return reply;
}

}  // namespace

void add_incident_story_handlers(HandlerTable& handlers, const RestParts& parts) {
  add_incident_handler(handlers, parts, "getIncidentGraph", graph_of_incident);
  add_incident_handler(handlers, parts, "getIncidentTimeline", timeline_of_incident);
}

}  // namespace vedette::api::incidents_group
