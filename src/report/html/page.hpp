// The parts of the HTML report. Every function appends to the page. Whatever comes from logs, rules or the
// command line goes through escape.hpp.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "attack.hpp"
#include "statistics_state.hpp"

namespace vedette::report::html {

// The rules that fired, as the page lists them, and their kept alerts by time.
struct RuleGroup {
  const RuleCount* count = nullptr;
  std::vector<const AlertDetail*> alerts;
};

struct Page {
  const ScanTotals& totals;
  const AlertStatistics::State& state;
  std::vector<RuleGroup> groups;  // most severe first, then most alerts
  std::vector<TacticSeen> tactics;
  std::unordered_map<const model::RuleInfo*, std::size_t> anchors;  // index into groups
  std::string out;

  // The fragment id of a rule's group, "r12".
  std::string anchor(const model::RuleInfo* rule) const;
};

std::string_view style();
std::string_view style_hash();
std::string_view script();
std::string_view script_hash();

void append_header(Page& page);  // title, headline, scope, severity tiles
void append_histogram(Page& page);
void append_matrix(Page& page);
void append_tables(Page& page);  // top rules, hosts, users, addresses
void append_alerts(Page& page);
void append_coverage(Page& page);  // formats, problems, rules that took no part

// "crit", "high", "med", "low", "info": the CSS class of a level.
std::string_view level_class(model::Level level);
void append_badge(std::string& out, model::Level level);

}  // namespace vedette::report::html
