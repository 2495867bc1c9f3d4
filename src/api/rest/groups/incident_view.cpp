#include "rest/groups/incident_view.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "access/roles.hpp"
#include "access/scope_predicate.hpp"
#include "rest/groups/search_support.hpp"
#include "vedette/api/scoped_store.hpp"
#include "vedette/base/case_fold.hpp"
#include "vedette/base/text.hpp"
#include "vedette/expr/row_predicate.hpp"

namespace vedette::api::incidents_group {
namespace {

using boost::json::object;
using model::EntityKind;

// Of an incident in a list, and of one alone.
constexpr std::uint32_t kSomeMembers = 20, kManyMembers = 200;
constexpr std::size_t kSomeAlerts = 5, kManyAlerts = 20;
constexpr std::size_t kShortestHidden = 2;  // shorter values would take every text apart
constexpr std::string_view kHiddenWord = "[hidden]";

// Fields that entities come of (model::entities_of), as patterns.
struct KindField {
  EntityKind kind;
  std::string_view field;
};
constexpr std::array kKindFields = {
    KindField{EntityKind::user, "user.name"},
    KindField{EntityKind::user, "user.domain"},
    KindField{EntityKind::user, "*.user.name"},
    KindField{EntityKind::user, "*.user.domain"},
    KindField{EntityKind::user, "user.target.*"},
    KindField{EntityKind::user, "user.effective.*"},
    KindField{EntityKind::user, "user.changes.*"},
    KindField{EntityKind::host, "host.name"},
    KindField{EntityKind::ip, "*.ip"},
    KindField{EntityKind::ip, "dns.question.name"},
    KindField{EntityKind::ip, "url.domain"},
    KindField{EntityKind::ip, "destination.domain"},
    KindField{EntityKind::ip, "tls.client.server_name"},
    KindField{EntityKind::process, "process.executable"},
    KindField{EntityKind::process, "process.name"},
    KindField{EntityKind::file, "file.path"},
    KindField{EntityKind::hash, "*hash.*"},
    KindField{EntityKind::domain, "dns.question.name"},
    KindField{EntityKind::domain, "url.domain"},
    KindField{EntityKind::domain, "destination.domain"},
    KindField{EntityKind::domain, "tls.client.server_name"},
    KindField{EntityKind::cloud_account, "cloud.*"},
};

bool masks_field(const std::string& mask, std::string_view field) {
  return access::patterns_overlap(mask, field) || access::patterns_overlap(mask + ".*", field);
}

bool is_name_char(char c) {
  return base::is_alnum(c) || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}

// Replaces whole occurrences, in any case.
void hide_value(std::string& text, const std::string& value) {
  std::string folded = base::folded(text);
  // Where folding changes lengths places cannot be told: rather nothing of the text.
  if (folded.size() != text.size()) {
    if (folded.find(value) != std::string::npos) text = kHiddenWord;
    return;
  }
  std::string out;
  std::size_t done = 0;
  for (std::size_t at = folded.find(value); at != std::string::npos; at = folded.find(value, at)) {
    const std::size_t end = at + value.size();
    const bool whole = (at == 0 || !is_name_char(folded[at - 1]) || !is_name_char(value.front())) &&
                       (end == folded.size() || !is_name_char(folded[end]) || !is_name_char(value.back()));
    if (!whole) {
      ++at;
      continue;
    }
    out.append(text, done, at - done);
    out += kHiddenWord;
    done = at = end;
  }
  if (done == 0) return;
  out.append(text, done);
  text = std::move(out);
}

void add_hidden(std::vector<std::string>& hidden, const std::string& value) {
  const auto add = [&](std::string_view text) {
    if (text.size() >= kShortestHidden) hidden.push_back(base::folded(text));
  };
  add(value);
  // DOMAIN\name comes of two fields.
  if (const std::size_t cut = value.find('\\'); cut != std::string::npos)
    add(std::string_view(value).substr(cut + 1));
}

// Long ones first, so that what is part of another does not leave the rest of it.
void order_hidden(std::vector<std::string>& hidden) {
  std::sort(hidden.begin(), hidden.end(), [](const std::string& a, const std::string& b) {
    return a.size() != b.size() ? a.size() > b.size() : a < b;
  });
  hidden.erase(std::unique(hidden.begin(), hidden.end()), hidden.end());
}

std::string plain_reason(const model::IncidentLink& link) {
  if (link.entity)
    return "Both have the " + std::string(model::entity_kind_name(link.entity->kind)) + " " +
           link.entity->value + ".";
  switch (link.kind) {
    case model::LinkKind::same_rule:
      return "Alerts of the same rule.";
    case model::LinkKind::time:
      return "They are close in time.";
    case model::LinkKind::merged:
      return "The incidents were merged.";
    case model::LinkKind::by_hand:
      return "It was put here by hand.";
    case model::LinkKind::entity:
    case model::LinkKind::process_tree:
      break;
  }
  return "They share something that you may not see.";
}

std::string tactics_title(const model::Incident& incident) {
  std::string out;
  for (std::size_t i = 0; i < incident.tactics.size() && i < 3; ++i) {
    out += (i == 0 ? "" : ", then ") + incident.tactics[i].tactic;
  }
  if (out.empty()) out = "Incident";
  for (const model::IncidentEntity& entity : incident.entities) {
    if (entity.entity.kind != EntityKind::host) continue;
    return out + " on " + entity.entity.value;
  }
  return out;
}

// What the alerts that are seen tell.
struct AlertTold {
  base::TimeNs time = 0;
  std::vector<model::Entity> entities;
};

std::vector<model::Entity> entities_in(const object& record) {
  std::vector<model::Entity> out;
  const Json* list = record.if_contains("entities");
  if (list == nullptr || !list->is_array()) return out;
  for (const Json& item : list->get_array()) {
    const Json* kind = item.is_object() ? item.get_object().if_contains("kind") : nullptr;
    const Json* value = item.is_object() ? item.get_object().if_contains("value") : nullptr;
    if (!kind || !value || !kind->is_string() || !value->is_string()) continue;
    for (int i = 0; i < 8; ++i) {
      if (model::entity_kind_name(static_cast<EntityKind>(i)) == std::string_view(kind->get_string()))
        out.push_back({static_cast<EntityKind>(i), std::string(value->get_string())});
    }
  }
  return out;
}

// A member as its alerts that are seen tell; false: none is.
bool narrow_member(model::IncidentMember& member, const std::map<std::string, AlertTold>& told) {
  std::vector<std::string> ids;
  std::set<model::Entity> entities;
  base::TimeNs first = 0, last = 0;
  for (const std::string& id : member.alert_ids) {
    const auto found = told.find(id);
    if (found == told.end()) continue;
    first = ids.empty() ? found->second.time : std::min(first, found->second.time);
    last = ids.empty() ? found->second.time : std::max(last, found->second.time);
    ids.push_back(id);
    entities.insert(found->second.entities.begin(), found->second.entities.end());
  }
  if (ids.empty()) return false;
  member.alerts = ids.size();
  member.alert_ids = std::move(ids);
  member.first = first;
  member.last = last;
  std::erase_if(member.entities, [&](const model::Entity& entity) { return !entities.contains(entity); });
  member.group_key.clear();
  member.evidence_reason.clear();
  std::erase_if(member.links, [&](const model::IncidentLink& link) {
    return link.entity && !entities.contains(*link.entity);
  });
  for (model::IncidentLink& link : member.links) {
    link.other.clear();
    link.reason = plain_reason(link);
  }
  return true;
}

void gather_seen(model::Incident& incident, const std::vector<model::IncidentMember>& members) {
  std::map<model::Entity, model::IncidentEntity> entities;
  std::map<std::string, model::IncidentTactic> tactics;
  std::set<std::string> techniques;
  incident.alerts = 0;
  incident.members = members.size();
  for (std::size_t i = 0; i < members.size(); ++i) {
    const model::IncidentMember& member = members[i];
    incident.first = i == 0 ? member.first : std::min(incident.first, member.first);
    incident.last = i == 0 ? member.last : std::max(incident.last, member.last);
    incident.alerts += member.alerts;
    techniques.insert(member.techniques.begin(), member.techniques.end());
    for (const model::Entity& entity : member.entities) {
      model::IncidentEntity& one = entities[entity];
      one.first = one.alerts == 0 ? member.first : std::min(one.first, member.first);
      one.last = std::max(one.last, member.last);
      one.entity = entity;
      one.alerts += member.alerts;
    }
    for (const std::string& tactic : member.tactics) {
      model::IncidentTactic& one = tactics[tactic];
      one.first = one.tactic.empty() ? member.first : std::min(one.first, member.first);
      one.tactic = tactic;
      for (const std::string& technique : member.techniques) {
        if (std::find(one.techniques.begin(), one.techniques.end(), technique) == one.techniques.end())
          one.techniques.push_back(technique);
      }
    }
  }
  incident.entities.clear();
  for (auto& [entity, one] : entities) incident.entities.push_back(std::move(one));
  std::stable_sort(incident.entities.begin(), incident.entities.end(),
                   [](const auto& a, const auto& b) { return a.alerts > b.alerts; });
  incident.tactics.clear();
  for (auto& [name, one] : tactics) incident.tactics.push_back(std::move(one));
  std::stable_sort(incident.tactics.begin(), incident.tactics.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  incident.techniques.assign(techniques.begin(), techniques.end());
}

std::string rules_title(const std::vector<model::IncidentMember>& members) {
  std::vector<std::string> titles;
  for (const model::IncidentMember& member : members) {
    if (std::find(titles.begin(), titles.end(), member.rule_title) == titles.end())
      titles.push_back(member.rule_title);
  }
  std::string out;
  for (std::size_t i = 0; i < titles.size() && i < 2; ++i) out += (i == 0 ? "" : ", ") + titles[i];
  if (titles.size() > 2) out += " and " + std::to_string(titles.size() - 2) + " more";
  return out.empty() ? "Incident" : out;
}

}  // namespace

IncidentView::IncidentView(const RestParts& parts, Call& call)
    : parts_(parts), call_(call), alerts_(parts, call) {
  for (const KindField& known : kKindFields) {
    for (const std::string& mask : call.principal().scope.masked_fields) {
      if (masks_field(mask, known.field)) hidden_kinds_[static_cast<std::size_t>(known.kind)] = true;
    }
  }
}

std::string IncidentView::redacted(std::string text, const std::vector<std::string>& hidden) const {
  for (const std::string& value : hidden) hide_value(text, value);
  return text;
}

void IncidentView::mask_member(model::IncidentMember& member) const {
  if (!masked()) return;
  std::erase_if(member.entities, [&](const model::Entity& entity) { return !shows(entity.kind); });
  member.group_key.clear();
  member.evidence_reason.clear();
  for (model::IncidentLink& link : member.links) {
    if (link.entity && !shows(link.entity->kind)) link.entity.reset();
    link.reason = plain_reason(link);
  }
}

base::Result<std::vector<model::IncidentMember>> IncidentView::see(std::vector<model::IncidentMember> members,
                                                                   std::size_t alerts_a_member) const {
  if (rows_hidden()) {
    std::vector<ports::ColumnValue> ids;
    for (const model::IncidentMember& member : members) {
      for (std::size_t i = 0; i < member.alert_ids.size() && i < alerts_a_member; ++i)
        ids.emplace_back(member.alert_ids[i]);
    }
    std::map<std::string, AlertTold> told;
    for (std::size_t at = 0; at < ids.size(); at += 500) {
      ports::RecordQuery query;
      query.collection = "alerts";
      const auto begin = ids.begin() + static_cast<std::ptrdiff_t>(at);
      query.tests = {
          alerts_.tenant_test(),
          {"id",
           ports::ColumnTest::Op::in,
           {begin, begin + static_cast<std::ptrdiff_t>(std::min<std::size_t>(500, ids.size() - at))}}};
      TRY_ASSIGN(const std::string rest,
                 alerts_.each(query, {}, 500, 500, [&](alerts_group::SeenAlert&& alert) {
                   told[alert.id] = {alert.time, entities_in(alert.record)};
                   return true;
                 }));
      (void)rest;
    }
    std::erase_if(members, [&](model::IncidentMember& member) { return !narrow_member(member, told); });
  }
  for (model::IncidentMember& member : members) mask_member(member);
  return members;
}

void IncidentView::mask_incident(SeenIncident& seen) const {
  model::Incident& incident = seen.value.incident;
  std::erase_if(incident.entities,
                [&](const model::IncidentEntity& entity) { return !shows(entity.entity.kind); });
  for (model::Contribution& contribution : incident.contributions) contribution.reason.clear();
  incident.title = tactics_title(incident);
}

// Whether an alert of it is seen.
base::Result<bool> IncidentView::narrow_incident(SeenIncident& seen, bool thorough) const {
  model::Incident& incident = seen.value.incident;
  TRY_ASSIGN(auto page,
             book().members(incident.id, "evidence", true, {}, thorough ? kManyMembers : kSomeMembers));
  for (const model::IncidentMember& member : page.items) {
    for (const model::Entity& entity : member.entities) add_hidden(seen.hidden, entity.value);
  }
  TRY_ASSIGN(const auto members, see(std::move(page.items), thorough ? kManyAlerts : kSomeAlerts));
  if (members.empty()) return false;
  gather_seen(incident, members);
  incident.title = rules_title(members);
  incident.contributions.clear();
  return true;
}

void IncidentView::redact_people(SeenIncident& seen) const {
  std::vector<std::string>& hidden = seen.hidden;
  order_hidden(hidden);
  for (const model::IncidentEntity& shown : seen.value.incident.entities) {
    std::vector<std::string> values;
    add_hidden(values, shown.entity.value);
    std::erase_if(hidden, [&](const std::string& value) {
      return std::find(values.begin(), values.end(), value) != values.end();
    });
  }
  cases::Case& value = seen.value;
  value.title = redacted(std::move(value.title), hidden);
  value.summary = redacted(std::move(value.summary), hidden);
  value.closing_note = redacted(std::move(value.closing_note), hidden);
  for (std::string& tag : value.tags) tag = redacted(std::move(tag), hidden);
  for (cases::Task& task : value.tasks) {
    task.title = redacted(std::move(task.title), hidden);
    task.description = redacted(std::move(task.description), hidden);
  }
}

base::Result<std::optional<SeenIncident>> IncidentView::see(cases::Case value, bool thorough) const {
  std::optional<SeenIncident> out;
  SeenIncident seen{std::move(value), !unrestricted(), {}};
  if (unrestricted()) return std::optional<SeenIncident>(std::move(seen));
  for (const model::IncidentEntity& entity : seen.value.incident.entities)
    add_hidden(seen.hidden, entity.entity.value);
  if (rows_hidden()) {
    TRY_ASSIGN(const bool some, narrow_incident(seen, thorough));
    if (!some) return out;
  }
  if (masked()) mask_incident(seen);
  redact_people(seen);
  out = std::move(seen);
  return out;
}

base::Result<std::optional<SeenIncident>> IncidentView::get(std::string_view id) const {
  TRY_ASSIGN(std::optional<cases::Case> value, book().get(tenant(), id));
  if (!value) return std::optional<SeenIncident>();
  return see(std::move(*value), true);
}

base::Result<std::optional<cases::StoredEntry>> IncidentView::see(cases::StoredEntry entry,
                                                                  const SeenIncident& incident) const {
  std::optional<cases::StoredEntry> out;
  cases::Entry& shown = entry.entry;
  if (unrestricted()) return std::optional<cases::StoredEntry>(std::move(entry));
  if (rows_hidden() && shown.kind == cases::Entry::Kind::event) {
    const std::vector<std::string> ids = {expr::id_text(shown.event_sequence)};
    TRY_ASSIGN(const std::vector<bool> seen, visible_events(call_.events(), ids, call_.cancellation()));
    if (seen.empty() || !seen[0]) return out;
  }
  if (masked() && !shown.document.empty()) {
    boost::system::error_code failed;
    const Json document = boost::json::parse(shown.document, failed);
    object kept;
    if (!failed && document.is_object()) {
      for (const auto& [name, value] : document.get_object()) {
        if (!alerts_.mask().hides(name)) kept[name] = value;
      }
    }
    shown.document = boost::json::serialize(kept);
  }
  shown.text = redacted(std::move(shown.text), incident.hidden);
  shown.file_name = redacted(std::move(shown.file_name), incident.hidden);
  for (cases::Entry::Custody& custody : shown.custody)
    custody.what = redacted(std::move(custody.what), incident.hidden);
  out = std::move(entry);
  return out;
}

static const std::string kIncidentCursor = "incident cursor";

base::Result<std::string> IncidentView::open_cursor(std::string_view shown) const {
  if (shown.empty() || unrestricted() || parts_.secrets == nullptr) return std::string(shown);
  const auto sealed = base::hex_decode(shown);
  auto opened = sealed ? parts_.secrets->open(*sealed, kIncidentCursor)
                       : base::Result<std::string>(base::Error{base::ErrorCode::invalid_argument, {}});
  if (!opened.ok())
    return base::make_error(base::ErrorCode::invalid_argument, "the cursor is none of this list");
  return opened;
}

base::Result<std::string> IncidentView::shown_cursor(std::string cursor) const {
  if (cursor.empty() || unrestricted() || parts_.secrets == nullptr) return cursor;
  TRY_ASSIGN(const std::string sealed, parts_.secrets->seal(cursor, kIncidentCursor));
  return base::hex_encode(sealed);
}

void add_incident_handler(HandlerTable& handlers, const RestParts& parts, const char* operation,
                          AnswerIncidents answer) {
  if (parts.records == nullptr || parts.incidents == nullptr || parts.events == nullptr) {
    handlers[operation] = [](Call&) { return not_found("incidents"); };
  } else {
    handlers[operation] = [parts, answer](Call& call) { return answer(call, parts); };
  }
}

Reply problem_of_book(const base::Error& error) {
  if (error.code == base::ErrorCode::busy && error.message.starts_with("conflict"))
    return problem(412, "changed", "it has been changed since you read it; read it again");
  if (error.code == base::ErrorCode::limit) return problem(409, "limit", error.message);
  if (error.code == base::ErrorCode::not_found) {
    constexpr std::string_view kStart = "no such ";
    const std::string_view message = error.message;
    return not_found(message.starts_with(kStart) ? message.substr(kStart.size()) : "record");
  }
  if (error.code == base::ErrorCode::invalid_argument) return problem(422, "invalid", error.message);
  return problem_of(error);
}

cases::Actor actor_of(Call& call, const RestParts& parts) {
  const Principal& who = call.principal();
  cases::Actor actor;
  actor.id = who.user_id;
  actor.name = who.name;
  actor.tenant = who.scope.tenant;
  actor.now = parts.now();
  actor.manages = who.permissions.has(Permission::incidents_manage);
  actor.apply = [&call](std::span<const ports::RecordWrite> writes) { return call.apply(writes); };
  return actor;
}

std::uint32_t page_limit(const Call& call) {
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(call.integer("limit", 100), 1, 1'000));
}

WantedVersion wanted_version(const Call& call) {
  WantedVersion out;
  const auto expected = call.if_match();
  if (!expected) {
    out.refusal = problem(428, "if-match", "send If-Match with the ETag that you read");
  } else {
    out.version = *expected;
  }
  return out;
}

base::Result<std::optional<std::string>> user_name_of(Call& call, const RestParts& parts,
                                                      const std::string& text) {
  std::optional<std::string> out;
  if (text.empty() || parts.access == nullptr) {
    out = text;
    return out;
  }
  if (const auto user = parts.access->user(call.principal(), text); user.ok()) {
    out = user->name;
    return out;
  }
  std::string after;
  for (int page_number = 0; page_number < 20; ++page_number) {
    const auto page = parts.access->users(call.principal(), after, 1'000);
    if (!page.ok()) break;
    for (const User& user : page->items) {
      if (user.tenant == call.principal().scope.tenant && user.name == text) out = user.name;
    }
    after = page->next;
    if (out || after.empty()) break;
  }
  return out;
}

Reply invalid_input(const std::string& pointer, const std::string& message) {
  return problem(422, "invalid", pointer.substr(1) + " " + message, {{pointer, message, 0}});
}

}  // namespace vedette::api::incidents_group
