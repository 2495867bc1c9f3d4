#include <fmt/format.h>

#include "html/escape.hpp"
#include "html/page.hpp"
#include "text_layout.hpp"

namespace vedette::report {
namespace html {

std::string_view level_class(model::Level level) {
  switch (level) {
    case model::Level::critical:
      return "crit";
    case model::Level::high:
      return "high";
    case model::Level::medium:
      return "med";
    case model::Level::low:
      return "low";
    case model::Level::informational:
      break;
  }
  return "info";
}

void append_badge(std::string& out, model::Level level) {
  out += fmt::format("<span class=\"badge {}\">{}</span>", level_class(level), short_level(level));
}

std::string Page::anchor(const model::RuleInfo* rule) const {
  const auto at = anchors.find(rule);
  return "r" + std::to_string(at == anchors.end() ? 0 : at->second + 1);
}

namespace {

void make_groups(Page& page) {
  for (const RuleCount* count : page.state.top_rules(page.state.rules.size()))
    page.groups.push_back({count, {}});
  std::stable_sort(page.groups.begin(), page.groups.end(), [](const RuleGroup& a, const RuleGroup& b) {
    return a.count->rule->level > b.count->rule->level;
  });
  for (std::size_t i = 0; i < page.groups.size(); ++i) page.anchors[page.groups[i].count->rule.get()] = i;
  for (const AlertDetail& detail : page.state.details) {
    page.groups[page.anchors.at(detail.rule.get())].alerts.push_back(&detail);
  }
  for (RuleGroup& group : page.groups) {
    std::sort(group.alerts.begin(), group.alerts.end(), [](const AlertDetail* a, const AlertDetail* b) {
      return std::pair(a->time, a->ordinal) < std::pair(b->time, b->ordinal);
    });
  }
}

void append_head(Page& page) {
  page.out += "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n";
  page.out += fmt::format(
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{}'; "
      "script-src "
      "'sha256-{}'; base-uri 'none'; form-action 'none'\">\n",
      style_hash(), script_hash());
  page.out +=
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" "
      "content=\"light dark\">\n<meta name=\"referrer\" content=\"no-referrer\">\n<title>Vedette report: " +
      counted(page.state.total, "alert") + "</title>\n<style>";
  page.out += style();
  page.out += "</style></head>\n<body>\n<main>\n";
}

}  // namespace
}  // namespace html

std::string render_html(const ScanTotals& totals, const AlertStatistics& alerts) {
  html::Page page{totals, alerts.state(), {}, attack_seen(alerts.state()), {}, {}};
  html::make_groups(page);
  html::append_head(page);
  html::append_header(page);
  html::append_histogram(page);
  html::append_matrix(page);
  html::append_tables(page);
  html::append_alerts(page);
  html::append_coverage(page);
  page.out += "</main>\n<footer><p>Made by Vedette ";
  html::append_text(page.out, totals.version);
  page.out +=
      ", an open-source security operations platform. This page holds all it shows and loads "
      "nothing.</p></footer>"
      "\n<script>";
  page.out += html::script();
  page.out += "</script>\n</body></html>\n";
  return std::move(page.out);
}

}  // namespace vedette::report
