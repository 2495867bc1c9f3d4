// What both forms of a report tell, gathered once: plain texts, not escaped.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "vedette/cases/report.hpp"

namespace vedette::cases::report {

struct TimelineRow {
  base::TimeNs time = 0;
  std::string kind;  // "alert", "comment", "change", ...
  std::string who;   // user name, or the rule's level of alerts
  std::string text;
  std::string detail;                                // entities, file name, ...
  model::Level level = model::Level::informational;  // of alerts
  bool from_people = false;                          // then text has lines
};
struct Stage {
  std::string tag, title;
  base::TimeNs first = 0;                                         // 0: not seen
  std::vector<std::pair<std::string, std::uint64_t>> techniques;  // with alerts
};
struct Facts {
  std::vector<std::pair<std::string, std::string>> key_facts;
  std::vector<TimelineRow> timeline;  // in order
  std::vector<Stage> stages;          // of ATT&CK's order; those not seen between others included
  std::vector<IncidentIndicator> indicators;
  std::vector<const Entry*> evidence, notes, handover;
  std::vector<const model::IncidentMember*> members;  // in order of time
};
Facts gather_facts(const ReportInput& input, const ReportOptions& options);

std::string short_utc(base::TimeNs time);  // "2026-11-03 09:12:00"; "" of 0
std::string tlp_label(Tlp tlp);            // "TLP:AMBER+STRICT"
std::string_view status_title(CaseStatus status);
std::string_view classification_title(Classification classification);
std::string duration_text(base::TimeNs duration);  // "2 h 5 min"
std::string_view entity_title(model::EntityKind kind);
std::string_view task_state_title(Task::State state);
std::string_view clock_title(Clock::Kind kind);
std::string clock_text(const Clock& clock, base::TimeNs now);  // "12 min of 30 min, met"

std::string html_report(const ReportInput& input, const ReportOptions& options, const Facts& facts);
std::string markdown_report(const ReportInput& input, const ReportOptions& options, const Facts& facts);

}  // namespace vedette::cases::report
