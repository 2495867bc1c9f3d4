#include "rest/groups/incident_filter.hpp"

#include <algorithm>

#include "rest/groups/search_support.hpp"
#include "vedette/base/case_fold.hpp"

namespace vedette::api::incidents_group {
namespace {

template <typename Enum>
std::optional<Enum> named(std::string_view name, int count, std::string_view (*text)(Enum)) {
  for (int i = 0; i < count; ++i) {
    if (text(static_cast<Enum>(i)) == name) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

bool has_text(const std::string& in, const std::string& folded_text) {
  return base::folded(in).find(folded_text) != std::string::npos;
}

bool entity_passes(const model::Incident& incident, const std::string& wanted) {
  const std::string folded = base::folded(wanted);
  return std::any_of(incident.entities.begin(), incident.entities.end(),
                     [&](const model::IncidentEntity& one) {
                       const std::string value = base::folded(one.entity.value);
                       const std::string kind(model::entity_kind_name(one.entity.kind));
                       return value == folded || kind + ":" + value == folded;
                     });
}

}  // namespace

std::optional<cases::CaseStatus> read_case_status(std::string_view name) {
  return named<cases::CaseStatus>(name, 5, cases::case_status_name);
}
std::optional<cases::Classification> read_classification(std::string_view name) {
  return named<cases::Classification>(name, 6, cases::classification_name);
}
std::optional<cases::Tlp> read_tlp(std::string_view name) {
  return named<cases::Tlp>(name, 5, cases::tlp_name);
}

Allowed<cases::CaseFilter> read_incident_filter(const std::function<std::string(std::string_view)>& text,
                                                const std::vector<std::string>& statuses,
                                                std::optional<double> risk, std::optional<bool> breached,
                                                bool merged, base::TimeNs now, const std::string& place) {
  cases::CaseFilter filter;
  const auto wrong = [&](const char* name, const char* message) {
    return Refusal{.kind = Refusal::Kind::invalid, .message = message, .field = place + name};
  };
  const auto range = search_group::read_range(text("from"), text("to"), now, place);
  if (!range.ok()) return range.refusal();
  filter.range = *range;
  for (const std::string& name : statuses) {
    const auto status = read_case_status(name);
    if (!status) return wrong("status", "is no status");
    filter.statuses.push_back(*status);
  }
  if (const std::string name = text("severity"); !name.empty()) {
    model::Level level{};
    if (!model::parse_level(name, level)) return wrong("severity", "is no severity");
    filter.least_level = level;
  }
  if (const std::string name = text("classification"); !name.empty()) {
    filter.classification = read_classification(name);
    if (!filter.classification) return wrong("classification", "is no classification");
  }
  filter.owner = text("owner");
  if (filter.owner == "-") {
    filter.owner.clear();
    filter.unassigned = true;
  }
  filter.tag = text("tag");
  filter.technique = text("technique");
  filter.entity = text("entity");
  filter.text = text("text");
  filter.least_risk = risk;
  filter.breached = breached;
  filter.merged = merged;
  return filter;
}

ports::RecordQuery scoped_query(const IncidentView& view, cases::CaseFilter filter) {
  filter.tenant = view.tenant();
  if (!view.unrestricted()) {
    filter.entity.clear();
    filter.text.clear();
    filter.technique.clear();
    filter.tag.clear();
  }
  return cases::query_of(filter);
}

bool passes_filter(const SeenIncident& seen, const cases::CaseFilter& filter) {
  if (!seen.reduced) return true;  // the record store has tested all
  const cases::Case& value = seen.value;
  const model::Incident& incident = value.incident;
  const auto has = [](const std::vector<std::string>& list, const std::string& text) {
    return text.empty() || std::find(list.begin(), list.end(), text) != list.end();
  };
  if (!has(value.tags, filter.tag) || !has(incident.techniques, filter.technique)) return false;
  if (!filter.entity.empty() && !entity_passes(incident, filter.entity)) return false;
  if (filter.text.empty()) return true;
  const std::string text = base::folded(filter.text);
  return has_text(incident.id, text) || has_text(std::string(value.shown_title()), text) ||
         has_text(value.summary, text) ||
         std::any_of(value.tags.begin(), value.tags.end(),
                     [&](const std::string& tag) { return has_text(tag, text); });
}

}  // namespace vedette::api::incidents_group
