// Conditions of exceptions: read, and matched by an engine of one rule.
#include <iterator>
#include <utility>

#include "sigma/detection.hpp"
#include "sigma/document.hpp"
#include "vedette/detect/rule_book.hpp"

namespace vedette::detect {
namespace {

RuleSet rule_of_condition(model::Predicate condition) {
  RuleSet set;
  Rule& rule = set.rules.emplace_back();
  rule.info = std::make_shared<const model::RuleInfo>();
  rule.condition = std::move(condition);
  return set;
}

std::optional<model::Predicate> build_condition(const base::YamlNode& section, sigma::Reporter& report) {
  static const Placeholders kNoPlaceholders;
  std::size_t regex_instructions = 0;
  sigma::DocumentContext context{report, kNoPlaceholders, regex_instructions, 0, {}, {}};
  std::optional<sigma::Detection> detection = sigma::build_detection(section, {}, context);
  if (!detection || report.failed()) return std::nullopt;
  if (!context.missing_placeholder.empty()) {
    report.error(context.missing_span, "undefined-placeholder",
                 "exceptions know no placeholders, as %" + context.missing_placeholder + "% is one");
    return std::nullopt;
  }
  return std::move(detection->condition);
}

}  // namespace

std::optional<model::Predicate> read_condition(std::string_view yaml, std::string_view file,
                                               base::Diagnostics& diagnostics) {
  base::YamlStream stream = base::parse_yaml(yaml, file);
  sigma::Reporter report(file, false);
  std::optional<model::Predicate> condition;
  if (!base::has_errors(stream.diagnostics)) {
    if (stream.documents.size() == 1 && stream.documents[0].is_mapping()) {
      condition = build_condition(stream.documents[0], report);
    } else {
      report.error({1, 1}, "missing-condition", "the condition must be one map of selections and a condition",
                   "write it as the detection of a Sigma rule");
    }
  }
  for (auto* from : {&stream.diagnostics, &report.diagnostics()}) {
    std::move(from->begin(), from->end(), std::back_inserter(diagnostics));
  }
  return condition;
}

ConditionMatcher::ConditionMatcher(model::Predicate condition, Taxonomy taxonomy)
    : engine_(rule_of_condition(std::move(condition)), std::move(taxonomy)), detector_(engine_) {}

std::vector<bool> ConditionMatcher::matches(const model::EventBatch& batch) {
  std::vector<bool> met(batch.size(), false);
  hits_.clear();
  detector_.run(batch, hits_);
  for (const RuleHit& hit : hits_) met[hit.row] = true;
  return met;
}

}  // namespace vedette::detect
