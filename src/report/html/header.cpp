// The top of the page: what was looked at, and what came of it, in plain words.
#include <fmt/format.h>

#include "html/escape.hpp"
#include "html/page.hpp"
#include "text_layout.hpp"

namespace vedette::report::html {
namespace {

using model::Level;
constexpr std::size_t kMaxInputs = 6;

// A watchtower.
constexpr std::string_view kLogo =
    R"(<svg class="logo" width="28" height="28" viewBox="0 0 28 28" aria-hidden="true"><path d="M14 1 25 5v8c0 7-4.600 11.800-11 14C7.600 24.800 3 20 3 13V5z"/><path class="eye" d="M6.500 13.200C8.500 10.200 11 8.700 14 8.700s5.500 1.500 7.500 4.500c-2 3-4.500 4.500-7.500 4.500s-5.500-1.500-7.500-4.500z"/><circle cx="14" cy="13.200" r="2.600"/></svg>)";

std::string on_hosts(const Page& page) {
  const std::size_t hosts = page.state.hosts.names();
  if (hosts == 0) return {};
  return std::string(" on ") + (page.state.hosts.forgot_some() ? "more than " : "") + counted(hosts, "host");
}

std::string headline(const Page& page) {
  const AlertStatistics::State& state = page.state;
  const std::uint64_t critical = state.levels[4], high = state.levels[3];
  if (state.total == 0) {
    return page.totals.rules_loaded == 0 ? "No rules were loaded, so nothing could be found"
           : page.totals.events == 0     ? "There were no events to look at"
                                         : "No rule matched";
  }
  if (critical > 0 && high > 0) {
    return grouped(critical) + " critical and " + counted(high, "high-severity alert") + on_hosts(page);
  }
  if (critical > 0) return counted(critical, "critical alert") + on_hosts(page);
  if (high > 0) return counted(high, "high-severity alert") + on_hosts(page);
  return counted(state.total, "alert") + on_hosts(page) + ", none of them high or critical";
}

std::string lead(const Page& page) {
  const AlertStatistics::State& state = page.state;
  const std::string looked =
      counted(page.totals.events, "event") + " in " + counted(page.totals.files, "file");
  if (state.total == 0) {
    return "Vedette read " + looked + " and tried " + counted(page.totals.rules_loaded, "rule") + ".";
  }
  std::string text;
  if (state.first != 0) {
    text = "Between " + date_time_text(state.first) + " and " + date_time_text(state.last) + " UTC, ";
  }
  text += counted(state.rules.size(), "rule") + " fired " +
          (state.total == 1 ? "once" : grouped(state.total) + " times") + " over " + looked + ".";
  text[0] = static_cast<char>(text[0] >= 'a' && text[0] <= 'z' ? text[0] - 32 : text[0]);
  std::string out = escaped(text);
  const auto strong = [](std::string_view name) {
    return "<strong>" + escaped(cut_bytes(name, 120)) + "</strong>";
  };
  const std::vector<EntityTable::Row> hosts = state.hosts.top(1);
  if (!hosts.empty() && state.hosts.names() > 1) {
    out += " Most alerts concern the host " + strong(hosts[0].name) + " (" + grouped(hosts[0].count->total) +
           ").";
  }
  if (!page.groups.empty()) {
    const RuleCount& severest = *page.groups.front().count;
    out += " The most serious finding is " + strong(severest.rule->title) + " (" +
           std::string(model::level_name(severest.rule->level)) + ", " + counted(severest.total, "alert") +
           ").";
  }
  return out;
}

// What a reader must know before trusting the figures.
std::string caveats(const Page& page) {
  const ScanTotals& totals = page.totals;
  std::uint64_t failures = 0;
  for (const auto& [name, format] : totals.formats) failures += format.failures;
  std::vector<std::string> parts;
  if (!totals.troubles.empty())
    parts.push_back(counted(totals.troubles.size(), "input") + " could not be read wholly");
  if (failures > 0) parts.push_back(counted(failures, "record") + " could not be parsed");
  if (totals.rules_refused > 0) {
    parts.push_back(counted(totals.rules_refused, "rule") + (totals.rules_refused == 1 ? " was" : " were") +
                    " refused");
  }
  if (totals.correlation_dropped > 0) parts.push_back("correlations ran out of room");
  std::string text;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) text += i + 1 == parts.size() ? " and " : ", ";
    text += parts[i];
  }
  return text;
}

void append_tiles(Page& page) {
  page.out += "<ul class=\"tiles\">";
  for (std::size_t level = model::kLevels; level-- > 0;) {
    const std::uint64_t count = page.state.levels[level];
    page.out += fmt::format("<li class=\"tile {}{}\"><b>{}</b><span>{}</span></li>",
                            level_class(static_cast<Level>(level)), count == 0 ? " zero" : "", grouped(count),
                            model::level_name(static_cast<Level>(level)));
  }
  page.out += "</ul>\n";
}

void append_fact(std::string& out, std::string_view name, std::string_view html_value) {
  out += fmt::format("<div><dt>{}</dt><dd>{}</dd></div>", name, html_value);
}

void append_scope(Page& page) {
  const ScanTotals& totals = page.totals;
  std::string inputs;
  for (std::size_t i = 0; i < totals.inputs.size() && i < kMaxInputs; ++i) {
    inputs += "<code>" + escaped(cut_bytes(totals.inputs[i], 300)) + "</code> ";
  }
  if (totals.inputs.size() > kMaxInputs)
    inputs += "and " + grouped(totals.inputs.size() - kMaxInputs) + " more";
  page.out += "<dl class=\"facts\">";
  if (!inputs.empty()) append_fact(page.out, "Inputs", inputs);
  append_fact(page.out, "Read",
              counted(totals.files, "file") + ", " + bytes_text(static_cast<double>(totals.bytes)));
  append_fact(page.out, "Events", grouped(totals.events));
  append_fact(page.out, "Rules tried", grouped(totals.rules_loaded));
  std::string time = seconds_text(totals.seconds);
  if (totals.seconds > 0)
    time += " (" + compact(static_cast<double>(totals.events) / totals.seconds) + " events/s)";
  append_fact(page.out, "Time taken", time);
  page.out += "</dl>\n";
}

}  // namespace

void append_header(Page& page) {
  page.out += "<header><p class=\"brand\">";
  page.out += kLogo;
  page.out += "<span>Vedette</span> detection report</p><h1>" + headline(page) + "</h1><p class=\"lead\">" +
              lead(page) + "</p>";
  const std::string warning = caveats(page);
  if (!warning.empty())
    page.out += "<p class=\"caveat\">Not everything was seen: " + warning +
                ". <a href=\"#coverage\">See coverage</a>.</p>";
  append_tiles(page);
  append_scope(page);
  page.out += "</header>\n";
}

}  // namespace vedette::report::html
