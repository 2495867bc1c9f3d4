#include "sigma/linker.hpp"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "sigma/filter.hpp"
#include "vedette/base/text.hpp"

namespace vedette::detect::sigma {

namespace {

constexpr int kMaxChain = 32;                            // correlations over correlations
constexpr std::size_t kMaxFilterPredicates = 2'000'000;  // copied into rules by one filter

// A rule or correlation by its place in the linker's flat lists.
struct Target {
  RuleRef::Kind kind = RuleRef::Kind::rule;
  std::size_t index = 0;
};

enum class State { waiting, done, refused };

struct Correlation {
  ParsedCorrelation parsed;
  std::size_t file = 0;
  std::vector<Target> targets;
  State state = State::waiting;
  int height = 1;
  std::uint32_t final_index = 0;
};

class Linker {
 public:
  Linker(std::vector<ParsedFile> files, std::span<const std::string_view> names)
      : files_(std::move(files)), file_names_(names) {}

  RuleSet link() {
    flatten();
    index_names();
    apply_filters();
    resolve_correlations();
    settle_alerts();
    emit_correlations();
    for (ParsedFile& file : files_) {
      std::move(file.diagnostics.begin(), file.diagnostics.end(), std::back_inserter(set_.diagnostics));
    }
    return std::move(set_);
  }

 private:
  void report(std::size_t file, base::Severity severity, base::SourceSpan at, std::string_view code,
              std::string message, std::string_view help = {}) {
    files_[file].diagnostics.push_back({severity, std::string(file_names_[file]), at, std::string(code),
                                        std::move(message), std::string(help)});
  }

  void flatten() {
    for (std::size_t i = 0; i < files_.size(); ++i) {
      ParsedFile& file = files_[i];
      set_.documents += file.documents;
      set_.refused += file.refused;
      set_.filters += file.filters.size();
      for (Rule& rule : file.rules) {
        set_.rules.push_back(std::move(rule));
        rule_files_.push_back(i);
      }
      for (ParsedCorrelation& parsed : file.correlations) {
        Correlation correlation;
        correlation.parsed = std::move(parsed);
        correlation.file = i;
        correlations_.push_back(std::move(correlation));
      }
      for (std::string& name : file.refused_names) refused_.insert(base::to_lower_ascii(name));
    }
  }

  void index_names() {
    targets_.reserve(2 * (set_.rules.size() + correlations_.size()));
    for (std::size_t i = 0; i < set_.rules.size(); ++i) {
      index_name(*set_.rules[i].info, {RuleRef::Kind::rule, i}, rule_files_[i]);
    }
    for (std::size_t i = 0; i < correlations_.size(); ++i) {
      index_name(*correlations_[i].parsed.rule.info, {RuleRef::Kind::correlation, i}, correlations_[i].file);
    }
  }

  const model::RuleInfo& info_of(const Target& target) const {
    return target.kind == RuleRef::Kind::rule ? *set_.rules[target.index].info
                                              : *correlations_[target.index].parsed.rule.info;
  }

  void index_name(const model::RuleInfo& info, const Target& target, std::size_t file) {
    const base::SourceSpan at{info.line, 1};
    const auto [by_id, new_id] = targets_.emplace(base::to_lower_ascii(info.id), target);
    if (!new_id) {
      report(file, base::Severity::warning, at, "duplicate-id",
             "the id " + info.id + " is already that of " + place_of(by_id->second) +
                 "; references mean that one",
             "give each rule its own id");
    }
    if (info.name.empty()) return;
    const auto [by_name, new_name] = targets_.emplace(base::to_lower_ascii(info.name), target);
    if (!new_name && !(by_name->second.kind == target.kind && by_name->second.index == target.index)) {
      report(file, base::Severity::warning, at, "duplicate-name",
             "the name " + info.name + " is already that of " + place_of(by_name->second) +
                 "; references mean that one",
             "give each rule its own name");
    }
  }

  std::string place_of(const Target& target) const {
    const model::RuleInfo& info = info_of(target);
    return info.file + ":" + std::to_string(info.line);
  }

  const Target* find(const std::string& name) const {
    const auto found = targets_.find(base::to_lower_ascii(name));
    return found == targets_.end() ? nullptr : &found->second;
  }

  // Filters.

  void apply_filters() {
    for (std::size_t i = 0; i < files_.size(); ++i) {
      for (const ParsedFilter& filter : files_[i].filters) apply_filter(filter, i);
    }
  }

  void apply_filter(const ParsedFilter& filter, std::size_t file) {
    std::vector<std::size_t> rules;
    if (filter.references.empty()) {
      for (std::size_t i = 0; i < set_.rules.size(); ++i) {
        if (takes_in(filter.info->log_source, set_.rules[i].info->log_source)) rules.push_back(i);
      }
    } else {
      rules = named_rules(filter, file);
    }
    if (rules.size() * filter.predicates > kMaxFilterPredicates) {
      report(file, base::Severity::error, {filter.info->line, 1}, "rule-too-large",
             "the filter is too large for the " + std::to_string(rules.size()) + " rules it applies to");
      ++set_.refused;
      --set_.filters;
      return;
    }
    for (std::size_t index : rules) narrow(set_.rules[index], filter);
  }

  std::vector<std::size_t> named_rules(const ParsedFilter& filter, std::size_t file) {
    std::vector<std::size_t> rules;
    std::unordered_set<std::size_t> seen;
    for (const Reference& reference : filter.references) {
      const Target* target = find(reference.name);
      if (target == nullptr) {
        report(file, base::Severity::warning, reference.span, "filter-unknown-rule",
               "there is no rule \"" + reference.name + "\" for the filter to apply to");
      } else if (target->kind == RuleRef::Kind::correlation) {
        report(file, base::Severity::warning, reference.span, "filter-on-correlation",
               "\"" + reference.name + "\" is a correlation, which a filter does not apply to",
               "name the rules it refers to");
      } else if (!takes_in(filter.info->log_source, set_.rules[target->index].info->log_source)) {
        report(file, base::Severity::warning, reference.span, "filter-log-source",
               "the filter's log source " + filter.info->log_source.to_string() + " does not take in " +
                   set_.rules[target->index].info->log_source.to_string() + " of the rule \"" +
                   reference.name + "\", to which it is not applied");
      } else if (seen.insert(target->index).second) {
        rules.push_back(target->index);
      }
    }
    return rules;
  }

  static void narrow(Rule& rule, const ParsedFilter& filter) {
    if (!rule.cannot_fire.empty()) return;
    model::Predicate both;
    both.kind = model::Predicate::Kind::all_of;
    both.children.reserve(2);
    both.children.push_back(std::move(rule.condition));
    both.children.push_back(filter.condition);
    rule.condition = std::move(both);
  }

  // Correlations.

  void resolve_correlations() {
    for (Correlation& correlation : correlations_) resolve(correlation);
    // Repeatedly settles those whose references are settled (Kahn); what remains is on or behind a cycle.
    std::vector<std::size_t> open(correlations_.size());
    std::vector<std::vector<std::size_t>> used_by(correlations_.size());
    std::vector<std::size_t> ready;
    for (std::size_t i = 0; i < correlations_.size(); ++i) {
      for (const Target& target : correlations_[i].targets) {
        if (target.kind != RuleRef::Kind::correlation) continue;
        used_by[target.index].push_back(i);
        ++open[i];
      }
      if (open[i] == 0) ready.push_back(i);
    }
    while (!ready.empty()) {
      const std::size_t index = ready.back();
      ready.pop_back();
      settle(correlations_[index]);
      for (std::size_t user : used_by[index]) {
        if (--open[user] == 0) ready.push_back(user);
      }
    }
    for (Correlation& correlation : correlations_) {
      if (correlation.state == State::waiting) {
        refuse(correlation, correlation.parsed.span, "correlation-cycle",
               "the correlation refers to itself, directly or through others: " + cycle_from(correlation));
      }
    }
  }

  void refuse(Correlation& correlation, base::SourceSpan at, std::string_view code, std::string message,
              std::string_view help = {}) {
    report(correlation.file, base::Severity::error, at, code, std::move(message), help);
    if (correlation.state != State::refused) ++set_.refused;
    correlation.state = State::refused;
  }

  void resolve(Correlation& correlation) {
    for (const Reference& reference : correlation.parsed.references) {
      const Target* target = find(reference.name);
      if (target != nullptr) {
        correlation.targets.push_back(*target);
        continue;
      }
      const bool refused = refused_.contains(base::to_lower_ascii(reference.name));
      refuse(correlation, reference.span, "unknown-rule",
             refused ? "the rule \"" + reference.name + "\" could not be loaded"
                     : "there is no rule with the id or name \"" + reference.name + "\"",
             refused ? "" : "load the file that holds it, too");
      correlation.targets.clear();
      return;
    }
    resolve_aliases(correlation);
  }

  void resolve_aliases(Correlation& correlation) {
    CorrelationRule& rule = correlation.parsed.rule;
    for (const ParsedCorrelation::Alias& alias : correlation.parsed.aliases) {
      std::vector<std::string>& fields = rule.aliases[alias.name];
      fields.resize(rule.rule_names.size());
      for (const auto& [reference, field] : alias.fields) {
        const Target* target = find(reference.name);
        bool found = false;
        for (std::size_t i = 0; i < correlation.targets.size() && target != nullptr; ++i) {
          if (correlation.targets[i].kind != target->kind || correlation.targets[i].index != target->index)
            continue;
          fields[i] = field;
          found = true;
        }
        if (found) continue;
        refuse(correlation, reference.span, "invalid-alias",
               "the alias \"" + alias.name + "\" names \"" + reference.name +
                   "\", which is not among the correlation's rules");
        return;
      }
    }
  }

  void settle(Correlation& correlation) {
    if (correlation.state == State::refused) return;
    for (std::size_t i = 0; i < correlation.targets.size(); ++i) {
      const Target& target = correlation.targets[i];
      if (target.kind != RuleRef::Kind::correlation) continue;
      const Correlation& inner = correlations_[target.index];
      if (inner.state == State::refused) {
        refuse(correlation, correlation.parsed.references[i].span, "unknown-rule",
               "the correlation \"" + correlation.parsed.references[i].name + "\" could not be loaded");
        return;
      }
      correlation.height = std::max(correlation.height, inner.height + 1);
    }
    if (correlation.height > kMaxChain) {
      refuse(correlation, correlation.parsed.span, "correlation-chain",
             "more than 32 correlations build on each other");
      return;
    }
    correlation.state = State::done;
    note_cannot_fire(correlation);
  }

  // A count over rules needs one that can fire; "all of them" needs every one.
  void note_cannot_fire(Correlation& correlation) {
    CorrelationRule& rule = correlation.parsed.rule;
    const bool temporal =
        rule.type == CorrelationType::temporal || rule.type == CorrelationType::temporal_ordered;
    if (rule.rule_condition.kind != model::Predicate::Kind::always) return;
    std::size_t able = 0;
    std::string_view unable;
    for (std::size_t i = 0; i < correlation.targets.size(); ++i) {
      const Target& target = correlation.targets[i];
      const std::string& why = target.kind == RuleRef::Kind::rule
                                   ? set_.rules[target.index].cannot_fire
                                   : correlations_[target.index].parsed.rule.cannot_fire;
      if (why.empty()) {
        ++able;
      } else if (unable.empty()) {
        unable = rule.rule_names[i];
      }
    }
    const bool never =
        able == 0 || (temporal && rule.condition.gte && static_cast<double>(able) < *rule.condition.gte);
    if (!never || unable.empty()) return;
    rule.cannot_fire = "the rule \"" + std::string(unable) + "\" cannot fire";
    report(correlation.file, base::Severity::warning, correlation.parsed.span, "cannot-fire",
           "the correlation cannot fire: " + rule.cannot_fire);
  }

  // "a -> b -> a", following the first open reference of each.
  std::string cycle_from(const Correlation& start) const {
    constexpr std::size_t kMaxShown = 8;
    std::string path = label(start);
    const Correlation* at = &start;
    for (std::size_t step = 0; step < kMaxShown; ++step) {
      for (const Target& target : at->targets) {
        if (target.kind != RuleRef::Kind::correlation) continue;
        if (correlations_[target.index].state == State::done) continue;
        at = &correlations_[target.index];
        break;
      }
      path += " -> " + label(*at);
      if (at == &start) return path;
    }
    return path + " -> ...";
  }

  static std::string label(const Correlation& correlation) {
    const model::RuleInfo& info = *correlation.parsed.rule.info;
    return info.name.empty() ? info.id : info.name;
  }

  // A rule that correlations refer to raises its own alerts only if one of them has generate: true.
  void settle_alerts() {
    std::vector<bool> rule_used(set_.rules.size()), rule_generates(set_.rules.size());
    std::vector<bool> inner_used(correlations_.size()), inner_generates(correlations_.size());
    for (const Correlation& correlation : correlations_) {
      if (correlation.state != State::done) continue;
      for (const Target& target : correlation.targets) {
        const bool rule = target.kind == RuleRef::Kind::rule;
        (rule ? rule_used : inner_used)[target.index] = true;
        if (correlation.parsed.generate) (rule ? rule_generates : inner_generates)[target.index] = true;
      }
    }
    for (std::size_t i = 0; i < set_.rules.size(); ++i)
      set_.rules[i].alerts = !rule_used[i] || rule_generates[i];
    for (std::size_t i = 0; i < correlations_.size(); ++i) {
      correlations_[i].parsed.rule.alerts = !inner_used[i] || inner_generates[i];
    }
  }

  void emit_correlations() {
    std::uint32_t next = 0;
    for (Correlation& correlation : correlations_) {
      if (correlation.state == State::done) correlation.final_index = next++;
    }
    for (Correlation& correlation : correlations_) {
      if (correlation.state != State::done) continue;
      CorrelationRule rule = std::move(correlation.parsed.rule);
      for (const Target& target : correlation.targets) {
        const std::uint32_t index = target.kind == RuleRef::Kind::rule
                                        ? static_cast<std::uint32_t>(target.index)
                                        : correlations_[target.index].final_index;
        rule.rules.push_back({target.kind, index});
      }
      set_.correlations.push_back(std::move(rule));
    }
  }

  std::vector<ParsedFile> files_;
  std::span<const std::string_view> file_names_;
  RuleSet set_;
  std::vector<std::size_t> rule_files_;  // parallel to set_.rules
  std::vector<Correlation> correlations_;
  std::unordered_map<std::string, Target> targets_;  // lower-cased ids and names
  std::unordered_set<std::string> refused_;
};

}  // namespace

RuleSet link(std::vector<ParsedFile> files, std::span<const std::string_view> file_names) {
  return Linker(std::move(files), file_names).link();
}

}  // namespace vedette::detect::sigma
