#include "sigma/filter.hpp"

#include <array>

#include "sigma/detection.hpp"
#include "vedette/base/text.hpp"

namespace vedette::detect::sigma {

namespace {

using base::YamlNode;

constexpr std::array<std::string_view, 1> kReserved = {"rules"};
constexpr std::size_t kMaxFilterReferences = 10'000;

bool read_references(const YamlNode& section, std::vector<Reference>& out, Reporter& report) {
  const YamlNode* rules = section.find("rules");
  if (rules == nullptr || rules->is_null()) {
    report.error(section.span, "missing-rules", "the filter does not say which rules it applies to",
                 "list ids or names under rules, or write \"rules: any\" for every rule of the log source");
    return false;
  }
  if (rules->is_scalar() && base::equals_ignore_case_ascii(rules->scalar, "any")) return true;
  const std::size_t count = rules->is_sequence() ? rules->items.size() : 1;
  const YamlNode* nodes = rules->is_sequence() ? rules->items.data() : rules;
  if (count > kMaxFilterReferences) {
    report.error(rules->span, "rule-too-large", "the filter names more than 10000 rules");
    return false;
  }
  for (std::size_t i = 0; i < count; ++i) {
    if (!nodes[i].is_scalar() || nodes[i].scalar.empty()) {
      report.error(nodes[i].span, "bad-filter", "rules must be a list of ids or names");
      return false;
    }
    out.push_back({nodes[i].scalar, nodes[i].span});
  }
  return true;
}

}  // namespace

std::optional<ParsedFilter> build_filter(const YamlNode& document,
                                         std::shared_ptr<const model::RuleInfo> info,
                                         DocumentContext& context) {
  Reporter& report = context.report;
  const YamlNode& section = *document.find("filter");
  if (!section.is_mapping()) {
    report.error(section.span, "bad-filter", "filter must be a map of rules, selections and a condition");
    return std::nullopt;
  }
  ParsedFilter filter;
  filter.info = std::move(info);
  if (!read_references(section, filter.references, report)) return std::nullopt;
  std::optional<Detection> detection = build_detection(section, kReserved, context);
  if (!detection) return std::nullopt;
  if (!context.missing_placeholder.empty()) {
    report.error(context.missing_span, "undefined-placeholder",
                 "the filter needs values for %" + context.missing_placeholder + "%",
                 "give them with --placeholders FILE");
    return std::nullopt;
  }
  if (!detection->negates) {
    report.warn(section.find("condition")->span, "filter-without-not",
                "the condition holds no not: rules keep only the events that fit it",
                "write \"condition: not selection\" to leave out what fits");
  }
  filter.condition = std::move(detection->condition);
  filter.predicates = context.predicates;
  return filter;
}

bool takes_in(const model::LogSource& filter, const model::LogSource& rule) {
  return (filter.category.empty() || filter.category == rule.category) &&
         (filter.product.empty() || filter.product == rule.product) &&
         (filter.service.empty() || filter.service == rule.service);
}

}  // namespace vedette::detect::sigma
