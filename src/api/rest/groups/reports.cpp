// Reports and exports of incidents.
#include <algorithm>

#include <fmt/format.h>

#include "rest/groups.hpp"
#include "rest/groups/incident_view.hpp"
#include "rest/groups/rule_support.hpp"
#include "vedette/base/text.hpp"
#include "vedette/cases/report.hpp"
#include "vedette/cases/stix.hpp"

namespace vedette::api::report_group {
namespace {

using incidents_group::IncidentView;
using incidents_group::SeenIncident;

constexpr std::size_t kMostMembers = 2'000, kMostEntries = 5'000, kAlertsAMember = 20;
constexpr std::uint32_t kPart = 200;

// An incident with all that the caller sees of it.
struct Whole {
  SeenIncident seen;
  std::vector<model::IncidentMember> members;
  std::vector<cases::Entry> entries;
};

base::Status add_members(const IncidentView& view, Whole& whole) {
  std::string after;
  std::size_t looked_at = 0;
  do {
    TRY_ASSIGN(auto page, view.book().members(whole.seen.value.incident.id, "first", false, after, kPart));
    looked_at += page.items.size();
    TRY_ASSIGN(auto seen, view.see(std::move(page.items), kAlertsAMember));
    std::move(seen.begin(), seen.end(), std::back_inserter(whole.members));
    after = std::move(page.next);
  } while (!after.empty() && looked_at < kMostMembers);
  return base::ok_status();
}

base::Status add_entries(const IncidentView& view, Whole& whole) {
  std::vector<std::string> incidents = {whole.seen.value.incident.id};
  const auto& merged = whole.seen.value.incident.merged_from;
  incidents.insert(incidents.end(), merged.begin(), merged.end());
  std::string after;
  std::size_t looked_at = 0;
  do {
    TRY_ASSIGN(auto page, view.book().entries(incidents, {}, false, std::nullopt, after, kPart));
    for (cases::StoredEntry& stored : page.items) {
      ++looked_at;
      TRY_ASSIGN(auto seen, view.see(std::move(stored), whole.seen));
      if (seen) whole.entries.push_back(std::move(seen->entry));
    }
    after = std::move(page.next);
  } while (!after.empty() && looked_at < kMostEntries);
  return base::ok_status();
}

base::Result<std::optional<Whole>> whole_incident(const IncidentView& view, std::string_view id) {
  std::optional<Whole> none;
  TRY_ASSIGN(auto seen, view.get(id));
  if (!seen) return none;
  Whole whole{std::move(*seen), {}, {}};
  TRY(add_members(view, whole));
  TRY(add_entries(view, whole));
  return std::optional<Whole>(std::move(whole));
}

// Ids of incidents have no other characters; what has is not trusted with a header.
std::string file_name(std::string_view id, std::string_view ending) {
  std::string name;
  for (const char c : id.substr(0, 64)) name += base::is_alnum(c) || c == '-' ? c : '_';
  return fmt::format("attachment; filename=\"{}.{}\"", name, ending);
}

Reply file_reply(Call& call, std::string bytes, std::string type, std::string_view ending) {
  Reply reply;
  reply.raw = std::move(bytes);
  reply.content_type = std::move(type);
  reply.headers.emplace_back("Content-Disposition", file_name(call.path("id"), ending));
  return reply;
}

// 403, 404, or nothing.
std::optional<Reply> refused_export(Call& call) {
  call.target(fmt::format("incidents/{}", call.path("id")));
  call.note("export", call.operation_id());
  return rule_group::check_permission(call, Permission::incidents_read, "A report of an incident");
}

Reply incident_report(Call& call, const RestParts& parts) {
  if (auto refused = refused_export(call)) return std::move(*refused);
  const bool markdown = call.query("format") == "markdown";
  call.note("format", markdown ? "markdown" : "html");
  const IncidentView view(parts, call);
  REPLY_ASSIGN(const auto whole, whole_incident(view, call.path("id")));
  if (!whole) return not_found("incident");
  cases::ReportOptions options;
  options.format = markdown ? cases::ReportFormat::markdown : cases::ReportFormat::html;
  options.now = parts.now();
  options.made_by = call.principal().name;
  if (!parts.options.public_url.empty()) {
    options.console_url = parts.options.public_url + "/incidents/" + whole->seen.value.incident.id;
  }
  return file_reply(
      call, cases::incident_report({whole->seen.value, whole->members, whole->entries}, options),
      markdown ? "text/markdown; charset=utf-8" : "text/html; charset=utf-8", markdown ? "md" : "html");
}

Reply incident_stix(Call& call, const RestParts& parts) {
  if (auto refused = refused_export(call)) return std::move(*refused);
  const IncidentView view(parts, call);
  REPLY_ASSIGN(const auto whole, whole_incident(view, call.path("id")));
  if (!whole) return not_found("incident");
  return file_reply(call, cases::stix_bundle(whole->seen.value, whole->members, {}),
                    "application/stix+json;version=2.1", "stix.json");
}

}  // namespace
}  // namespace vedette::api::report_group

namespace vedette::api {

void add_report_handlers(HandlerTable& handlers, const RestParts& parts) {
  incidents_group::add_incident_handler(handlers, parts, "getIncidentReport", report_group::incident_report);
  incidents_group::add_incident_handler(handlers, parts, "getIncidentStix", report_group::incident_stix);
}

}  // namespace vedette::api
