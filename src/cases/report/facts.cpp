#include "report/facts.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "attack_names.hpp"
#include "vedette/base/ip.hpp"
#include "vedette/base/text.hpp"

namespace vedette::cases::report {
namespace {

constexpr std::size_t kMaxShownEntities = 6;

// Elapsed time without pauses; Clock::elapsed by another name, so that a clock that never ran is 0.
base::TimeNs clock_elapsed(const Clock& clock, base::TimeNs now) {
  if (clock.started == 0) return 0;
  base::TimeNs end = clock.stopped != 0 ? clock.stopped : now;
  if (clock.stopped == 0 && clock.paused_since != 0) end = std::min(end, clock.paused_since);
  return std::max<base::TimeNs>(0, end - clock.started - clock.paused_for);
}

std::string entities_line(const std::vector<model::Entity>& entities) {
  std::string out;
  std::size_t shown = 0;
  for (const model::Entity& entity : entities) {
    if (shown++ == kMaxShownEntities) break;
    out += fmt::format("{}{} {}", out.empty() ? "" : ", ", entity_title(entity.kind), entity.value);
  }
  if (entities.size() > kMaxShownEntities)
    out += fmt::format(" and {} more", entities.size() - kMaxShownEntities);
  return out;
}

TimelineRow row_of(const model::IncidentMember& member) {
  TimelineRow row;
  row.time = member.first;
  row.kind = "alert";
  row.who = std::string(model::level_name(member.level));
  row.level = member.level;
  row.text = member.rule_title.empty() ? member.rule_id : member.rule_title;
  if (member.alerts > 1) {
    row.text += fmt::format(" ({} alerts{})", member.alerts,
                            member.last > member.first ? ", until " + short_utc(member.last) : "");
  }
  row.detail = entities_line(member.entities);
  return row;
}

TimelineRow row_of(const Entry& entry) {
  TimelineRow row;
  row.time = entry.time;
  row.kind = std::string(entry_kind_name(entry.kind));
  row.who = entry.by;
  row.text = entry.text;
  row.from_people = !entry.by.empty();
  if (entry.kind == Entry::Kind::file) row.detail = entry.file_name;
  if (entry.kind == Entry::Kind::event && entry.event_sequence != 0) {
    row.detail = fmt::format("event {}", entry.event_sequence);
  }
  return row;
}

void add_stages(const ReportInput& input, Facts& facts) {
  std::map<std::size_t, std::map<std::string, std::uint64_t>> techniques;
  std::map<std::size_t, base::TimeNs> first;
  for (const model::IncidentTactic& tactic : input.incident.incident.tactics) {
    const std::size_t place = tactic_place(tactic.tactic);
    if (place == kTacticNames.size()) continue;
    first[place] = tactic.first;
    for (const std::string& id : tactic.techniques) techniques[place][id] += 0;
  }
  for (const model::IncidentMember& member : input.members) {
    for (const std::string& tactic : member.tactics) {
      const std::size_t place = tactic_place(tactic);
      if (!first.contains(place)) continue;
      for (const std::string& id : member.techniques) techniques[place][id] += member.alerts;
    }
  }
  if (first.empty()) return;
  for (std::size_t place = first.begin()->first; place <= first.rbegin()->first; ++place) {
    const bool seen = first.contains(place);
    // Defense Evasion is of former versions: a gap in it is none.
    if (!seen && (kTacticNames[place].tag == "defense-evasion")) continue;
    Stage stage{std::string(kTacticNames[place].tag), std::string(kTacticNames[place].title), 0, {}};
    if (seen) stage.first = first[place];
    for (auto& [id, alerts] : techniques[place]) stage.techniques.emplace_back(id, alerts);
    facts.stages.push_back(std::move(stage));
  }
}

void add_key_facts(const ReportInput& input, const ReportOptions& options, Facts& facts) {
  const Case& incident = input.incident;
  const model::Incident& seen = incident.incident;
  const auto add = [&](std::string name, std::string value) {
    if (!value.empty()) facts.key_facts.emplace_back(std::move(name), std::move(value));
  };
  add("Incident", seen.id);
  add("Status", std::string(status_title(incident.status)));
  add("Verdict", std::string(classification_title(incident.classification)));
  add("Severity", std::string(model::level_name(incident.shown_severity())));
  add("Risk", fmt::format("{:.0f} of 100", seen.risk));
  add("Owner", incident.owner.empty() ? "nobody" : incident.owner);
  add("First activity", short_utc(seen.first));
  add("Last activity", short_utc(seen.last));
  add("Opened", short_utc(incident.created));
  add("Closed", short_utc(incident.closed));
  add("Alerts", fmt::format("{} of {} kinds", seen.alerts, seen.members));
  std::string tags;
  for (const std::string& tag : incident.tags) tags += (tags.empty() ? "" : ", ") + tag;
  add("Tags", tags);
  add("Tenant", seen.tenant);
  for (const Clock& clock : incident.clocks) {
    if (clock.started != 0) add(std::string(clock_title(clock.kind)), clock_text(clock, options.now));
  }
}

void add_entries(const ReportInput& input, Facts& facts) {
  for (const Entry& entry : input.entries) {
    const bool is_file = entry.kind == Entry::Kind::file;
    if (entry.evidence || is_file || entry.kind == Entry::Kind::event) facts.evidence.push_back(&entry);
    if (entry.kind == Entry::Kind::handover) facts.handover.push_back(&entry);
    if (entry.kind == Entry::Kind::comment || entry.kind == Entry::Kind::note) facts.notes.push_back(&entry);
  }
  const auto earlier = [](const Entry* a, const Entry* b) {
    return a->time != b->time ? a->time < b->time : a->id < b->id;
  };
  for (auto* list : {&facts.evidence, &facts.notes, &facts.handover}) {
    std::sort(list->begin(), list->end(), earlier);
  }
}

bool of_internet(std::string_view text) {
  static const std::vector<base::IpNetwork> inside = [] {
    std::vector<base::IpNetwork> networks;
    for (const char* network :
         {"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
          "192.168.0.0/16", "224.0.0.0/3", "::/127", "fe80::/10", "fc00::/7", "ff00::/8"}) {
      networks.push_back(base::IpNetwork::parse(network).value());
    }
    return networks;
  }();
  const auto address = base::IpAddress::parse(text);
  return address && std::none_of(inside.begin(), inside.end(),
                                 [&](const auto& network) { return network.contains(*address); });
}

bool is_indicator(const model::Entity& entity) {
  using model::EntityKind;
  if (entity.kind == EntityKind::ip) return of_internet(entity.value);
  return entity.kind == EntityKind::domain || entity.kind == EntityKind::hash;
}

}  // namespace

Facts gather_facts(const ReportInput& input, const ReportOptions& options) {
  Facts facts;
  add_key_facts(input, options, facts);
  for (const model::IncidentMember& member : input.members) facts.members.push_back(&member);
  std::sort(facts.members.begin(), facts.members.end(), [](const auto* a, const auto* b) {
    return a->first != b->first ? a->first < b->first : a->id < b->id;
  });
  for (const auto* member : facts.members) facts.timeline.push_back(row_of(*member));
  for (const Entry& entry : input.entries) {
    if (entry.kind != Entry::Kind::alert) facts.timeline.push_back(row_of(entry));
  }
  std::stable_sort(facts.timeline.begin(), facts.timeline.end(),
                   [](const TimelineRow& a, const TimelineRow& b) { return a.time < b.time; });
  add_stages(input, facts);
  add_entries(input, facts);
  facts.indicators = incident_indicators(input.incident, input.members);
  return facts;
}

std::string short_utc(base::TimeNs time) {
  if (time == 0) return {};
  std::string text = base::format_rfc3339(time).substr(0, 19);
  text[10] = ' ';
  return text;
}

std::string tlp_label(Tlp tlp) {
  std::string name = "TLP:" + std::string(tlp_name(tlp));
  for (char& c : name) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
  }
  return name;
}

std::string_view status_title(CaseStatus status) {
  switch (status) {
    case CaseStatus::new_case:
      return "New";
    case CaseStatus::triaged:
      return "Triaged";
    case CaseStatus::in_progress:
      return "In progress";
    case CaseStatus::contained:
      return "Contained";
    case CaseStatus::closed:
      return "Closed";
  }
  return "New";
}

std::string_view classification_title(Classification classification) {
  switch (classification) {
    case Classification::none:
      return "";
    case Classification::true_positive:
      return "True positive";
    case Classification::benign_positive:
      return "Benign positive";
    case Classification::false_positive:
      return "False positive";
    case Classification::duplicate:
      return "Duplicate";
    case Classification::undetermined:
      return "Undetermined";
  }
  return "";
}

std::string duration_text(base::TimeNs duration) {
  const std::int64_t minutes = duration / (60 * base::kNsPerSecond);
  if (minutes < 1) return fmt::format("{} s", duration / base::kNsPerSecond);
  if (minutes < 60) return fmt::format("{} min", minutes);
  if (minutes < 48 * 60) {
    return minutes % 60 == 0 ? fmt::format("{} h", minutes / 60)
                             : fmt::format("{} h {} min", minutes / 60, minutes % 60);
  }
  return fmt::format("{} d {} h", minutes / 1440, minutes % 1440 / 60);
}

std::string_view entity_title(model::EntityKind kind) {
  using model::EntityKind;
  switch (kind) {
    case EntityKind::ip:
      return "address";
    case EntityKind::cloud_account:
      return "cloud account";
    default:
      return model::entity_kind_name(kind);
  }
}

std::string_view task_state_title(Task::State state) {
  return state == Task::State::open ? "open" : state == Task::State::done ? "done" : "skipped";
}

std::string_view clock_title(Clock::Kind kind) {
  switch (kind) {
    case Clock::Kind::detect:
      return "Time to detect";
    case Clock::Kind::acknowledge:
      return "Time to acknowledge";
    case Clock::Kind::contain:
      return "Time to contain";
    case Clock::Kind::resolve:
      return "Time to resolve";
  }
  return "Time";
}

std::string clock_text(const Clock& clock, base::TimeNs now) {
  const base::TimeNs elapsed = clock_elapsed(clock, now);
  std::string text = duration_text(elapsed);
  if (clock.stopped == 0) text += clock.paused_since != 0 ? ", paused" : ", running";
  if (clock.target == 0) return text;
  const bool late = clock.breached || elapsed > clock.target;
  return fmt::format("{}; target {}{}", text, duration_text(clock.target),
                     late ? ", missed" : (clock.stopped != 0 ? ", met" : ""));
}

}  // namespace vedette::cases::report

namespace vedette::cases {

std::string defanged(std::string_view text) {
  std::string out;
  const bool url = base::starts_with_ignore_case_ascii(text, "http://") ||
                   base::starts_with_ignore_case_ascii(text, "https://");
  if (url) {
    out = "hxxp";
    text.remove_prefix(4);
  }
  const std::size_t host_end = url ? text.find('/', text.find("//") + 2) : text.size();
  const bool v6 = !url && base::IpAddress::parse(text) && text.find(':') != std::string_view::npos;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool cut = (text[i] == '.' && i < host_end) || text[i] == '@' || (text[i] == ':' && v6);
    if (cut) out += '[';
    out += text[i];
    if (cut) out += ']';
  }
  return out;
}

std::vector<IncidentIndicator> incident_indicators(const Case& incident,
                                                   std::span<const model::IncidentMember> members) {
  std::map<model::Entity, IncidentIndicator> found;
  const auto at = [&](const model::Entity& entity) -> IncidentIndicator* {
    if (!report::is_indicator(entity)) return nullptr;
    IncidentIndicator& indicator = found[entity];
    indicator.entity = entity;
    return &indicator;
  };
  for (const model::IncidentEntity& entity : incident.incident.entities) {
    if (IncidentIndicator* indicator = at(entity.entity)) {
      indicator->first = entity.first;
      indicator->last = entity.last;
      indicator->alerts = entity.alerts;
    }
  }
  std::set<model::Entity> listed;
  for (const auto& [entity, indicator] : found) listed.insert(entity);
  for (const model::IncidentMember& member : members) {
    for (const model::Entity& entity : member.entities) {
      if (listed.contains(entity)) continue;
      IncidentIndicator* indicator = at(entity);
      if (!indicator) continue;
      if (indicator->first == 0 || member.first < indicator->first) indicator->first = member.first;
      indicator->last = std::max(indicator->last, member.last);
      indicator->alerts += member.alerts;
    }
  }
  std::vector<IncidentIndicator> out;
  for (auto& [entity, indicator] : found) out.push_back(std::move(indicator));
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) {
    return a.alerts != b.alerts ? a.alerts > b.alerts : a.entity < b.entity;
  });
  return out;
}

std::string incident_report(const ReportInput& input, const ReportOptions& options) {
  const report::Facts facts = report::gather_facts(input, options);
  return options.format == ReportFormat::html ? report::html_report(input, options, facts)
                                              : report::markdown_report(input, options, facts);
}

}  // namespace vedette::cases
