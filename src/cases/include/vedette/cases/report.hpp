// The report of an incident, to be read, printed and handed on: HTML or Markdown of one file.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "vedette/base/time.hpp"
#include "vedette/cases/case.hpp"
#include "vedette/model/incident.hpp"

namespace vedette::cases {

enum class ReportFormat : std::uint8_t { html, markdown };

// What a report tells; whoever makes it gives only what its reader may see.
struct ReportInput {
  const Case& incident;
  std::span<const model::IncidentMember> members;  // in any order
  std::span<const Entry> entries;
};
struct ReportOptions {
  ReportFormat format = ReportFormat::html;
  base::TimeNs now = 0;          // shown as the time it was made
  std::string made_by;           // user name
  std::string console_url;       // of the incident; empty: no link. Only http and https become links
  std::size_t max_rows = 2'000;  // of each table; how many were left out is told
};

// HTML: no script, nothing from elsewhere, everything escaped; prints on A4 and Letter with the TLP marking
// on every page. Markdown (CommonMark with tables): values cannot become markup, no raw HTML. Indicators are
// defanged in both. Deterministic for equal input. Thread safe.
std::string incident_report(const ReportInput& input, const ReportOptions& options);

// What of an incident others may look for: addresses of the internet, domains, hashes.
struct IncidentIndicator {
  model::Entity entity;
  base::TimeNs first = 0, last = 0;
  std::uint64_t alerts = 0;
};
std::vector<IncidentIndicator> incident_indicators(const Case& incident,
                                                   std::span<const model::IncidentMember> members);
// "evil[.]example", "hxxps://...", "192.0.2[.]1": nobody clicks on it by mistake.
std::string defanged(std::string_view text);

}  // namespace vedette::cases
