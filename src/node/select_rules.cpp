#include <algorithm>
#include <set>

#include "vedette/base/files.hpp"
#include "vedette/base/text.hpp"
#include "vedette/node/content.hpp"
#include "vedette/node/scan.hpp"

namespace vedette::node {
namespace {

bool tag_agrees(const std::vector<std::string>& tags, const std::vector<std::string>& wanted) {
  if (wanted.empty()) return true;
  return std::any_of(tags.begin(), tags.end(), [&](const std::string& tag) {
    return std::any_of(wanted.begin(), wanted.end(), [&](const std::string& want) {
      return base::starts_with_ignore_case_ascii(tag, want) &&
             (tag.size() == want.size() || tag[want.size()] == '.');
    });
  });
}

bool selected(const model::RuleInfo& rule, const RuleSelection& selection) {
  const auto& statuses = selection.statuses;
  return rule.level >= selection.min_level && tag_agrees(rule.tags, selection.tags) &&
         (statuses.empty() || std::find(statuses.begin(), statuses.end(), rule.status) != statuses.end());
}

void add_error(base::Diagnostics& diagnostics, const std::string& file, const std::string& message) {
  diagnostics.push_back({base::Severity::error, file, {}, "cannot-read", message, {}});
}

// Drops rules and renumbers the references of correlations.
void filter(detect::RuleSet& set, const RuleSelection& selection) {
  std::set<std::uint32_t> needed;
  for (const detect::CorrelationRule& correlation : set.correlations) {
    for (const detect::RuleRef& ref : correlation.rules) {
      if (ref.kind == detect::RuleRef::Kind::rule) needed.insert(ref.index);
    }
  }
  std::vector<std::uint32_t> new_index(set.rules.size(), 0);
  std::vector<detect::Rule> kept;
  for (std::uint32_t i = 0; i < set.rules.size(); ++i) {
    detect::Rule& rule = set.rules[i];
    const bool wanted = selected(*rule.info, selection);
    if (!wanted && !needed.contains(i)) continue;
    rule.alerts = rule.alerts && wanted;
    new_index[i] = static_cast<std::uint32_t>(kept.size());
    kept.push_back(std::move(rule));
  }
  set.rules = std::move(kept);
  for (detect::CorrelationRule& correlation : set.correlations) {
    correlation.alerts = correlation.alerts && selected(*correlation.info, selection);
    for (detect::RuleRef& ref : correlation.rules) {
      if (ref.kind == detect::RuleRef::Kind::rule) ref.index = new_index[ref.index];
    }
  }
}

}  // namespace

detect::RuleSet load_selected_rules(const RuleSelection& selection, bool lint, int threads) {
  base::Diagnostics problems;
  std::vector<detect::RuleFile> files;
  if (selection.folders.empty()) files = shipped_rules();
  for (const std::string& folder : selection.folders) {
    auto read = read_rule_files(folder);
    if (!read) {
      add_error(problems, folder, read.error().message);
      continue;
    }
    if (read->empty()) add_error(problems, folder, "no rule file (*.yml, *.yaml) found");
    std::move(read->begin(), read->end(), std::back_inserter(files));
  }
  detect::LoadOptions options;
  options.lint = lint;
  for (const std::string& name : selection.placeholder_files) {
    auto text = base::read_file(name, std::size_t{64} << 20);
    if (!text) {
      add_error(problems, name, text.error().message);
      continue;
    }
    options.placeholders.merge(detect::read_placeholders(*text, name, problems));
  }
  detect::RuleSet set = detect::load_rules(files, options, threads);
  set.diagnostics.insert(set.diagnostics.begin(), problems.begin(), problems.end());
  filter(set, selection);
  return set;
}

}  // namespace vedette::node
