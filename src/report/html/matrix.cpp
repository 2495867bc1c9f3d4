// MITRE ATT&CK: a column a tactic, a cell a technique.
#include <cmath>

#include <fmt/format.h>

#include "html/escape.hpp"
#include "html/page.hpp"
#include "text_layout.hpp"

namespace vedette::report::html {
namespace {

constexpr std::size_t kMaxTooltipRules = 12;

void append_cell(Page& page, const TechniqueSeen& technique, std::uint64_t most) {
  // Five shades on a logarithmic scale.
  const double part =
      most <= 1 ? 1 : std::log(static_cast<double>(technique.alerts)) / std::log(static_cast<double>(most));
  const int shade = 1 + static_cast<int>(std::min(4.0, part * 4.999));
  const RuleCount* severest = technique.rules.front();
  std::string tooltip = technique.id + ": " + counted(technique.alerts, "alert") + "\n";
  for (std::size_t i = 0; i < technique.rules.size() && i < kMaxTooltipRules; ++i) {
    const RuleCount* rule = technique.rules[i];
    if (rule->rule->level > severest->rule->level) severest = rule;
    tooltip += grouped(rule->total) + " × " + cut_bytes(rule->rule->title, 120) + "\n";
  }
  if (technique.rules.size() > kMaxTooltipRules) {
    tooltip += "and " + counted(technique.rules.size() - kMaxTooltipRules, "more rule") + "\n";
  }
  page.out +=
      fmt::format("<a class=\"tech s{}\" href=\"#{}\" title=\"", shade, page.anchor(severest->rule.get()));
  append_lines(page.out, tooltip);
  page.out += "\"><span>";
  append_text(page.out, cut_bytes(technique.id, 24));
  page.out += "</span><b>" +
              (technique.alerts < 100'000 ? grouped(technique.alerts)
                                          : compact(static_cast<double>(technique.alerts))) +
              "</b></a>";
}

}  // namespace

void append_matrix(Page& page) {
  std::uint64_t most = 0;
  std::size_t techniques = 0;
  bool any = false;
  for (const TacticSeen& tactic : page.tactics) {
    any = any || tactic.alerts > 0;
    techniques += tactic.techniques.size();
    for (const TechniqueSeen& technique : tactic.techniques) most = std::max(most, technique.alerts);
  }
  if (!any) return;
  page.out +=
      "<section class=\"card\" aria-labelledby=\"h-attack\"><h2 id=\"h-attack\">MITRE ATT&amp;CK: what the "
      "alerts "
      "point to</h2><div class=\"matrix\">";
  for (const TacticSeen& tactic : page.tactics) {
    page.out +=
        fmt::format("<div class=\"tactic{}\"><h3>{}</h3>", tactic.alerts == 0 ? " none" : "", tactic.title);
    if (tactic.alerts > 0) page.out += "<p class=\"sum\">" + counted(tactic.alerts, "alert") + "</p>";
    for (const TechniqueSeen& technique : tactic.techniques) append_cell(page, technique, most);
    page.out += "</div>";
  }
  page.out +=
      "</div><p class=\"note\">Taken from the tags of the rules that fired; a technique stands under every "
      "tactic "
      "its rule names. Point at a cell for its rules, or follow it to the alerts.";
  if (techniques == 0) page.out += " The rules name no techniques.";
  page.out += "</p></section>\n";
}

}  // namespace vedette::report::html
