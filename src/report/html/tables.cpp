// The rules and entities that stand out.
#include <fmt/format.h>

#include "html/escape.hpp"
#include "html/page.hpp"
#include "text_layout.hpp"

namespace vedette::report::html {
namespace {

constexpr std::size_t kTopRules = 10;

// A bar stacked by level; `most` is the full width.
void append_bar(std::string& out, const LevelCounts& levels, std::uint64_t most) {
  out += "<svg class=\"bar\" width=\"100%\" height=\"8\" aria-hidden=\"true\">";
  double x = 0;
  for (std::size_t level = model::kLevels; level-- > 0;) {
    if (levels[level] == 0) continue;
    const double width = 100.0 * static_cast<double>(levels[level]) / static_cast<double>(most);
    fmt::format_to(std::back_inserter(out),
                   "<rect class=\"{}\" x=\"{:.2f}%\" width=\"{:.2f}%\" height=\"8\"/>",
                   level_class(static_cast<model::Level>(level)), x, std::max(width, 0.4));
    x += width;
  }
  out += "</svg>";
}

void append_rules(Page& page) {
  const std::vector<const RuleCount*> rows = page.state.top_rules(kTopRules);
  page.out +=
      "<section class=\"card wide\"><h2>Rules that fired "
      "most</h2><table><thead><tr><th>Level</th><th>Rule</th>"
      "<th class=\"num\">Alerts</th><th class=\"barcol\"><span class=\"sr\">Share</span></th><th>First</th>"
      "<th>Last (UTC)</th></tr></thead><tbody>";
  for (const RuleCount* row : rows) {
    page.out += "<tr><td>";
    append_badge(page.out, row->rule->level);
    page.out += "</td><td class=\"name\"><a href=\"#" + page.anchor(row->rule.get()) + "\">";
    append_text(page.out, cut_bytes(row->rule->title, 200));
    page.out += "</a></td><td class=\"num\">" + grouped(row->total) + "</td><td>";
    LevelCounts levels{};
    levels[static_cast<std::size_t>(row->rule->level)] = row->total;
    append_bar(page.out, levels, rows.front()->total);
    page.out += "</td><td class=\"when\">" + date_time_text(row->first) + "</td><td class=\"when\">" +
                date_time_text(row->last) + "</td></tr>";
  }
  page.out += "</tbody></table>";
  if (page.state.rules.size() > kTopRules) {
    page.out += "<p class=\"note\">" + grouped(page.state.rules.size() - kTopRules) +
                " more rules fired; all are listed under "
                "Alerts.</p>";
  }
  page.out += "</section>\n";
}

void append_entities(Page& page, std::string_view title, std::string_view column,
                     const EntityTable& entities) {
  if (entities.names() == 0) return;
  const std::vector<EntityTable::Row> rows = entities.top(kTopRules);
  page.out += fmt::format(
      "<section class=\"card\"><h2>{}</h2><table><thead><tr><th>{}</th><th class=\"num\">Alerts</th>"
      "<th class=\"num\">Rules</th><th class=\"barcol\"><span class=\"sr\">Levels</span></th></tr>"
      "</thead><tbody>",
      title, column);
  for (const EntityTable::Row& row : rows) {
    page.out += "<tr><td class=\"name mono\">";
    append_text(page.out, row.name);
    const std::size_t rules = row.count->rules.size();
    page.out += "</td><td class=\"num\">" + grouped(row.count->total) + "</td><td class=\"num\">" +
                grouped(rules) + (rules == EntityCount::kMaxRules ? "+" : "") + "</td><td>";
    append_bar(page.out, row.count->levels, rows.front().count->total);
    page.out += "</td></tr>";
  }
  page.out += "</tbody></table>";
  if (entities.names() > kTopRules) {
    page.out += fmt::format("<p class=\"note\">The first {} of {}{}.</p>", kTopRules,
                            entities.forgot_some() ? "more than " : "", grouped(entities.names()));
  }
  page.out += "</section>\n";
}

}  // namespace

void append_tables(Page& page) {
  if (page.state.total == 0) return;
  page.out += "<div class=\"grid\">\n";
  append_rules(page);
  append_entities(page, "Hosts", "Host", page.state.hosts);
  append_entities(page, "Users", "User", page.state.users);
  append_entities(page, "Source addresses", "Address", page.state.sources);
  page.out += "</div>\n";
}

}  // namespace vedette::report::html
