#include "live/rules_loader.hpp"

#include <algorithm>
#include <iterator>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include <sys/stat.h>

#include "vedette/base/files.hpp"
#include "vedette/base/hash.hpp"
#include "vedette/node/content.hpp"

namespace vedette::node {
namespace {

constexpr std::size_t kMaxListBytes = 64u << 20;

// Errors in files of ours by a person are errors; warnings are not.
base::Status check_diagnostics(const base::Diagnostics& diagnostics) {
  for (const base::Diagnostic& diagnostic : diagnostics) {
    if (diagnostic.severity == base::Severity::error) {
      return base::make_error(base::ErrorCode::invalid_argument, diagnostic.to_string());
    }
  }
  return base::ok_status();
}

template <typename T>
void append(std::vector<T>& to, std::vector<T> more) {
  std::move(more.begin(), more.end(), std::back_inserter(to));
}

base::Result<std::vector<detect::RuleFile>> rule_files(const RulesConfig& config) {
  std::vector<detect::RuleFile> files;
  if (config.shipped) files = shipped_rules();
  for (const std::string& folder : config.folders) {
    TRY_ASSIGN(auto more, read_rule_files(folder));
    append(files, std::move(more));
  }
  return files;
}

// Which rules and correlations stay: what is wanted, and what that refers to.
struct Kept {
  std::vector<bool> rules, correlations;
};
Kept kept_of(const detect::RuleSet& set, const std::function<bool(const model::RuleInfo&)>& wanted) {
  Kept kept{std::vector<bool>(set.rules.size()), std::vector<bool>(set.correlations.size())};
  for (std::size_t i = 0; i < set.rules.size(); ++i) kept.rules[i] = wanted(*set.rules[i].info);
  std::vector<std::size_t> open;
  for (std::size_t i = 0; i < set.correlations.size(); ++i) {
    kept.correlations[i] = wanted(*set.correlations[i].info);
    if (kept.correlations[i]) open.push_back(i);
  }
  while (!open.empty()) {
    const detect::CorrelationRule& correlation = set.correlations[open.back()];
    open.pop_back();
    for (const detect::RuleRef& ref : correlation.rules) {
      if (ref.kind == detect::RuleRef::Kind::rule) {
        kept.rules[ref.index] = true;
      } else if (!kept.correlations[ref.index]) {
        kept.correlations[ref.index] = true;
        open.push_back(ref.index);
      }
    }
  }
  return kept;
}

// Moves what is kept together; returns the new index of each.
template <typename AnyRule>
std::vector<std::uint32_t> squeeze(std::vector<AnyRule>& rules, const std::vector<bool>& kept,
                                   const std::function<bool(const model::RuleInfo&)>& wanted) {
  std::vector<std::uint32_t> index(rules.size(), 0);
  std::vector<AnyRule> out;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    if (!kept[i]) continue;
    index[i] = static_cast<std::uint32_t>(out.size());
    rules[i].alerts = rules[i].alerts && wanted(*rules[i].info);
    out.push_back(std::move(rules[i]));
  }
  rules = std::move(out);
  return index;
}

template <typename AnyRule>
void set_levels(std::vector<AnyRule>& rules,
                const std::unordered_map<std::string_view, model::Level>& levels) {
  for (AnyRule& rule : rules) {
    const auto level = levels.find(rule.info->id);
    if (level == levels.end() || detect::id_of_book_file(rule.info->file)) continue;
    auto info = std::make_shared<model::RuleInfo>(*rule.info);
    info->level = level->second;
    rule.info = std::move(info);
  }
}

using Ids = std::unordered_set<std::string_view>;

bool gives_way(const model::RuleInfo& info, const Ids& ids) {
  return ids.contains(info.id) && !detect::id_of_book_file(info.file);
}

void apply_book(const detect::ActiveSources& book, detect::LiveRules& live, detect::RuleSet& rules) {
  const Ids replaced(book.ids.begin(), book.ids.end()), disabled(book.disabled.begin(), book.disabled.end());
  set_levels(rules.rules, {book.levels.begin(), book.levels.end()});
  set_levels(rules.correlations, {book.levels.begin(), book.levels.end()});
  const auto note = [&](const auto& all) {
    for (const auto& rule : all) {
      if (gives_way(*rule.info, disabled)) live.disabled.push_back(rule.info);
    }
  };
  note(rules.rules);
  note(rules.correlations);
  if (replaced.empty() && live.disabled.empty()) return;
  keep_rules(rules, [&](const model::RuleInfo& info) {
    return !gives_way(info, replaced) && !gives_way(info, disabled);
  });
}

}  // namespace

void keep_rules(detect::RuleSet& set, const std::function<bool(const model::RuleInfo&)>& wanted) {
  const Kept kept = kept_of(set, wanted);
  const std::vector<std::uint32_t> rules = squeeze(set.rules, kept.rules, wanted);
  const std::vector<std::uint32_t> correlations = squeeze(set.correlations, kept.correlations, wanted);
  for (detect::CorrelationRule& correlation : set.correlations) {
    for (detect::RuleRef& ref : correlation.rules) {
      ref.index = ref.kind == detect::RuleRef::Kind::rule ? rules[ref.index] : correlations[ref.index];
    }
  }
}

base::Result<RuleTexts> read_rule_texts(const RulesConfig& config) {
  TRY_ASSIGN(RuleTexts texts, read_placeholder_texts(config));
  TRY_ASSIGN(texts.files, rule_files(config));
  return texts;
}

base::Result<RuleTexts> read_placeholder_texts(const RulesConfig& config) {
  RuleTexts texts;
  for (const std::string& file : config.placeholders) {
    TRY_ASSIGN(const std::string text, base::read_file(file, kMaxListBytes));
    texts.options.placeholders.merge(detect::read_placeholders(text, file, texts.diagnostics));
  }
  return texts;
}

base::Result<detect::LiveRules> load_live_rules(const RulesConfig& config,
                                                const detect::ActiveSources& book) {
  TRY_ASSIGN(RuleTexts texts, read_rule_texts(config));
  detect::LiveRules live;
  base::Diagnostics& diagnostics = texts.diagnostics;
  for (const std::string& file : config.exceptions) {
    TRY_ASSIGN(const std::string text, base::read_file(file, kMaxListBytes));
    append(live.exceptions, detect::read_exceptions(text, file, diagnostics));
  }
  for (const std::string& file : config.suppressions) {
    TRY_ASSIGN(const std::string text, base::read_file(file, kMaxListBytes));
    append(live.suppressions, detect::read_suppressions(text, file, diagnostics));
  }
  TRY(check_diagnostics(diagnostics));
  append(live.exceptions, book.exceptions);
  // Rules of the book come first, so that references mean them rather than a rule of a file with the same id.
  std::vector<detect::RuleFile> files = book.files;
  append(files, std::move(texts.files));
  detect::RuleSet rules = detect::load_rules(files, texts.options, 1);
  for (const base::Diagnostics* from : {&std::as_const(rules.diagnostics), &book.diagnostics}) {
    for (const base::Diagnostic& diagnostic : *from) {
      if (diagnostic.severity == base::Severity::error) live.refused.push_back(diagnostic.to_string());
    }
  }
  apply_book(book, live, rules);
  live.engine = std::make_shared<const detect::Engine>(std::move(rules), shipped_taxonomy());
  return live;
}

std::uint64_t fingerprint(const RulesConfig& config) {
  std::uint64_t sum = 0;
  const auto add = [&](const std::string& path) {
    struct stat info {};
    if (::stat(path.c_str(), &info) != 0) return;
    const std::string facts = path + "\n" + std::to_string(info.st_mtim.tv_sec) + "." +
                              std::to_string(info.st_mtim.tv_nsec) + " " + std::to_string(info.st_size);
    sum += base::hash64(facts);
  };
  for (const std::string& folder : config.folders) {
    const auto files = base::list_files(folder, {".yml", ".yaml"});
    if (!files.ok()) continue;
    for (const std::string& file : *files) add(file);
  }
  for (const auto* files : {&config.exceptions, &config.suppressions, &config.placeholders}) {
    for (const std::string& file : *files) add(file);
  }
  return sum;
}

}  // namespace vedette::node
