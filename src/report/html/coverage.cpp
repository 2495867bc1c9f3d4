// What was read and what could not be: the reader must know what the report cannot say.
#include <algorithm>

#include <fmt/format.h>

#include "html/escape.hpp"
#include "html/page.hpp"
#include "text_layout.hpp"

namespace vedette::report::html {
namespace {

constexpr std::size_t kMaxTroubles = 200;

void append_formats(Page& page) {
  if (page.totals.formats.empty()) return;
  page.out +=
      "<table><thead><tr><th>Format</th><th class=\"num\">Events</th><th class=\"num\">Not "
      "parsed</th></tr></thead>"
      "<tbody>";
  std::vector<std::pair<std::string_view, FormatTotals>> rows(page.totals.formats.begin(),
                                                              page.totals.formats.end());
  std::stable_sort(rows.begin(), rows.end(),
                   [](const auto& a, const auto& b) { return a.second.events > b.second.events; });
  for (const auto& [name, format] : rows) {
    page.out += "<tr><td class=\"name mono\">";
    append_text(page.out, cut_bytes(name, 100));
    page.out += "</td><td class=\"num\">" + grouped(format.events) + "</td><td class=\"num" +
                (format.failures > 0 ? " warn" : "") + "\">" + grouped(format.failures) + "</td></tr>";
  }
  page.out += "</tbody></table>";
}

void append_notes(Page& page) {
  const ScanTotals& totals = page.totals;
  page.out += "<ul class=\"notes\">";
  const auto note = [&](const std::string& text) { page.out += "<li>" + text + "</li>"; };
  note(counted(totals.rules_loaded, "rule") + " loaded, " + grouped(totals.rules_refused) + " refused, " +
       grouped(totals.rules_cannot_fire) + " that cannot fire on any event.");
  if (totals.events_without_time > 0) {
    note(counted(totals.events_without_time, "event") +
         " had no time: they are matched, but not placed in time.");
  }
  if (totals.correlation_dropped > 0) {
    note(counted(totals.correlation_dropped, "observation") +
         " dropped by correlations that reached their memory limit: some correlated alerts may be missing.");
  }
  if (totals.limited) note("The list of alerts was cut by --limit; the figures here count all of them.");
  page.out += "</ul>";
}

void append_troubles(Page& page) {
  const std::vector<InputTrouble>& troubles = page.totals.troubles;
  if (troubles.empty()) return;
  page.out += "<h3>Inputs not read wholly</h3><table class=\"kv\"><tbody>";
  for (std::size_t i = 0; i < troubles.size() && i < kMaxTroubles; ++i) {
    page.out += "<tr><th>";
    append_text(page.out, cut_bytes(troubles[i].path, 1024));
    page.out += "</th><td class=\"value\">";
    append_text(page.out, cut_bytes(troubles[i].message, kMaxDetailValueBytes));
    page.out += "</td></tr>";
  }
  page.out += "</tbody></table>";
  if (troubles.size() > kMaxTroubles) {
    page.out += "<p class=\"note\">and " + grouped(troubles.size() - kMaxTroubles) + " more</p>";
  }
}

}  // namespace

void append_coverage(Page& page) {
  page.out +=
      "<section class=\"card\" id=\"coverage\" aria-labelledby=\"h-cover\"><h2 id=\"h-cover\">Coverage</h2>";
  append_notes(page);
  append_formats(page);
  append_troubles(page);
  page.out += "</section>\n";
}

}  // namespace vedette::report::html
