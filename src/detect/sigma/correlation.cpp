#include "sigma/correlation.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "sigma/condition.hpp"
#include "vedette/base/text.hpp"

namespace vedette::detect::sigma {

namespace {

using base::YamlNode;
using model::Predicate;

constexpr std::size_t kMaxReferences = 1000;
constexpr std::size_t kMaxFields = 100;

constexpr std::array<CorrelationType, 8> kTypes = {
    CorrelationType::event_count,      CorrelationType::value_count, CorrelationType::temporal,
    CorrelationType::temporal_ordered, CorrelationType::value_sum,   CorrelationType::value_avg,
    CorrelationType::value_percentile, CorrelationType::value_median};

constexpr std::array<std::string_view, 7> kKeys = {"type",      "rules",     "group-by", "timespan",
                                                   "timeframe", "condition", "aliases"};

bool is_temporal(CorrelationType type) {
  return type == CorrelationType::temporal || type == CorrelationType::temporal_ordered;
}

bool needs_field(CorrelationType type) {
  return !is_temporal(type) && type != CorrelationType::event_count;
}

class CorrelationBuilder {
 public:
  CorrelationBuilder(const YamlNode& section, Reporter& report) : section_(section), report_(report) {}

  std::optional<ParsedCorrelation> build() {
    if (!section_.is_mapping()) {
      return fail(section_, "bad-correlation",
                  "correlation must be a map of type, rules, timespan and condition");
    }
    const bool ok = read_type() && read_rules() && read_group() && read_timespan() && read_aliases() &&
                    read_condition() && read_generate(section_);
    if (!ok) return std::nullopt;
    if (report_.linting()) lint();
    return std::move(out_);
  }

 private:
  bool read_type() {
    const YamlNode* type = section_.find("type");
    if (type == nullptr || !type->is_scalar()) {
      return fail(type == nullptr ? section_ : *type, "unknown-correlation-type",
                  "the correlation has no type", kTypesHelp);
    }
    for (CorrelationType candidate : kTypes) {
      if (correlation_type_name(candidate) != type->scalar) continue;
      out_.rule.type = candidate;
      return true;
    }
    return fail(*type, "unknown-correlation-type", "there is no correlation type \"" + type->scalar + "\"",
                kTypesHelp);
  }

  bool read_rules() {
    const YamlNode* rules = section_.find("rules");
    if (!read_names(rules, "rules", kMaxReferences, [&](const YamlNode& node) {
          out_.references.push_back({node.scalar, node.span});
          out_.rule.rule_names.push_back(node.scalar);
        })) {
      return false;
    }
    if (out_.references.empty()) {
      return fail(rules == nullptr ? section_ : *rules, "missing-rules", "the correlation refers to no rule",
                  "list ids or names of rules under rules");
    }
    return true;
  }

  bool read_group() {
    return read_names(section_.find("group-by"), "group-by", kMaxFields,
                      [&](const YamlNode& node) { out_.rule.group_by.push_back(node.scalar); });
  }

  // A scalar or a list of non-empty scalars; absent is none.
  template <typename Add>
  bool read_names(const YamlNode* node, std::string_view key, std::size_t limit, Add add) {
    if (node == nullptr || node->is_null()) return true;
    const std::size_t count = node->is_sequence() ? node->items.size() : 1;
    const YamlNode* nodes = node->is_sequence() ? node->items.data() : node;
    if (count > limit) {
      return fail(*node, "rule-too-large",
                  std::string(key) + " has more than " + std::to_string(limit) + " entries");
    }
    for (std::size_t i = 0; i < count; ++i) {
      if (!nodes[i].is_scalar() || nodes[i].scalar.empty()) {
        return fail(nodes[i], "bad-correlation", std::string(key) + " must be a list of names");
      }
      add(nodes[i]);
    }
    return true;
  }

  bool read_timespan() {
    const YamlNode* timespan = section_.find("timespan");
    if (timespan == nullptr) {
      timespan = section_.find("timeframe");
      if (timespan != nullptr) {
        report_.lint(timespan->span, "deprecated-timeframe", "timeframe is called timespan", "rename it");
      }
    }
    if (timespan == nullptr || !timespan->is_scalar()) {
      return fail(timespan == nullptr ? section_ : *timespan, "missing-timespan",
                  "the correlation has no timespan", "add a timespan such as 5m");
    }
    const std::optional<base::TimeNs> parsed = parse_timespan(timespan->scalar);
    if (!parsed) {
      return fail(*timespan, "invalid-timespan", "\"" + timespan->scalar + "\" is no timespan",
                  "write a whole number above 0 and one of s, m, h, d, w, M, y: 90m for an hour and a half");
    }
    out_.rule.timespan = *parsed;
    return true;
  }

  bool read_aliases() {
    const YamlNode* aliases = section_.find("aliases");
    if (aliases == nullptr || aliases->is_null()) return true;
    if (!aliases->is_mapping()) return fail(*aliases, "invalid-alias", "aliases must be a map");
    if (aliases->entries.size() > kMaxFields)
      return fail(*aliases, "rule-too-large", "there are more than 100 aliases");
    for (const auto& [name, fields] : aliases->entries) {
      if (!name.is_scalar() || !fields.is_mapping() || fields.entries.empty()) {
        return fail(fields, "invalid-alias", "an alias must be a map from rules to their fields");
      }
      ParsedCorrelation::Alias alias{name.scalar, {}};
      for (const auto& [rule, field] : fields.entries) {
        if (!rule.is_scalar() || !field.is_scalar() || field.scalar.empty()) {
          return fail(field, "invalid-alias",
                      "the alias \"" + name.scalar + "\" must map rules to field names");
        }
        alias.fields.push_back({{rule.scalar, rule.span}, field.scalar});
      }
      out_.aliases.push_back(std::move(alias));
    }
    return true;
  }

  bool read_condition() {
    const CorrelationType type = out_.rule.type;
    const YamlNode* condition = section_.find("condition");
    out_.rule.rule_condition.kind = Predicate::Kind::always;
    if (condition == nullptr || condition->is_null()) {
      if (!is_temporal(type)) {
        return fail(
            section_, "missing-condition",
            "a correlation of type " + std::string(correlation_type_name(type)) + " needs a condition",
            "add a condition such as \"gte: 10\"");
      }
      out_.rule.condition.gte = static_cast<double>(out_.references.size());
      return true;
    }
    if (condition->is_scalar()) return read_text_condition(*condition);
    if (!condition->is_mapping()) {
      return fail(*condition, "invalid-count-condition", "a correlation's condition must be a map or text");
    }
    return read_count_condition(*condition);
  }

  bool read_text_condition(const YamlNode& condition) {
    if (!is_temporal(out_.rule.type)) {
      return fail(condition, "invalid-count-condition",
                  "only temporal and temporal_ordered take a condition of rule names",
                  "write a map such as \"gte: 10\"");
    }
    const std::vector<std::string_view> names(out_.rule.rule_names.begin(), out_.rule.rule_names.end());
    const std::optional<Expression> expression = parse_condition(condition, names, "rule", report_);
    if (!expression) return false;
    std::vector<std::size_t> uses(names.size());
    count_uses(*expression, uses);
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (uses[i] == 0) {
        return fail(condition, "unused-rule",
                    "the condition does not name the rule \"" + std::string(names[i]) + "\"",
                    "name every rule listed under rules");
      }
    }
    out_.rule.rule_condition = to_predicate(*expression, condition.span);
    if (!asks_for_all(*expression)) {
      warn_of_order(condition, has_negation(*expression)
                                   ? "with a not, the order of the rules does not count"
                                   : "all rules must match in order, whatever the condition says");
    }
    return true;
  }

  static bool asks_for_all(const Expression& expression) {
    if (expression.kind == Expression::Kind::name) return true;
    return expression.kind == Expression::Kind::all_of &&
           std::all_of(expression.children.begin(), expression.children.end(), asks_for_all);
  }

  void warn_of_order(const YamlNode& condition, std::string_view message) {
    if (out_.rule.type != CorrelationType::temporal_ordered) return;
    report_.warn(condition.span, "ordered-condition", std::string(message),
                 "use type: temporal, or no condition");
  }

  Predicate to_predicate(const Expression& expression, base::SourceSpan at) const {
    Predicate predicate;
    if (expression.kind == Expression::Kind::name) {
      predicate.kind = Predicate::Kind::test;
      predicate.test.field = out_.rule.rule_names[expression.name];
      predicate.test.op = model::MatchOp::exists;
      predicate.test.span = at;
      return predicate;
    }
    predicate.kind = expression.kind == Expression::Kind::negation ? Predicate::Kind::negation
                     : expression.kind == Expression::Kind::all_of ? Predicate::Kind::all_of
                                                                   : Predicate::Kind::any_of;
    for (const Expression& child : expression.children) predicate.children.push_back(to_predicate(child, at));
    return predicate;
  }

  bool read_count_condition(const YamlNode& condition) {
    CountCondition& count = out_.rule.condition;
    const std::pair<std::string_view, std::optional<double>*> bounds[] = {
        {"gt", &count.gt},   {"gte", &count.gte}, {"lt", &count.lt},
        {"lte", &count.lte}, {"eq", &count.eq},   {"neq", &count.neq}};
    bool bounded = false;
    for (const auto& entry : condition.entries) {
      const YamlNode& key = entry.first;
      const YamlNode& value = entry.second;
      if (key.is_scalar() && key.scalar == "field") {
        if (!read_value_fields(value)) return false;
        continue;
      }
      if (key.is_scalar() && key.scalar == "percentile") {
        if (!read_percentile(value)) return false;
        continue;
      }
      const auto bound = std::find_if(std::begin(bounds), std::end(bounds), [&](const auto& candidate) {
        return key.is_scalar() && key.scalar == candidate.first;
      });
      if (bound == std::end(bounds)) {
        return fail(key, "invalid-count-condition", "the condition has no part \"" + key.scalar + "\"",
                    "the parts are gt, gte, lt, lte, eq, neq, field and percentile");
      }
      if (!read_number(value, *bound->second)) return false;
      bounded = true;
    }
    if (!bounded) {
      return fail(condition, "invalid-count-condition", "the condition compares with no number",
                  "add one of gt, gte, lt, lte, eq and neq");
    }
    const auto rules = static_cast<double>(out_.references.size());
    if (!count.holds(rules) || count.holds(rules - 1)) {
      warn_of_order(condition, "all rules must match in order, whatever the condition says");
    }
    return check_value_fields(condition);
  }

  bool read_value_fields(const YamlNode& node) {
    return read_names(&node, "field", kMaxFields,
                      [&](const YamlNode& name) { out_.rule.value_fields.push_back(name.scalar); });
  }

  bool check_value_fields(const YamlNode& condition) {
    const CorrelationType type = out_.rule.type;
    const std::string name(correlation_type_name(type));
    if (needs_field(type) && out_.rule.value_fields.empty()) {
      return fail(condition, "missing-value-field", name + " needs the field whose values it takes",
                  "add \"field: Name\" to the condition");
    }
    if (needs_field(type) && type != CorrelationType::value_count && out_.rule.value_fields.size() > 1) {
      return fail(condition, "invalid-count-condition", name + " takes one field");
    }
    if (!needs_field(type) && !out_.rule.value_fields.empty()) {
      return fail(condition, "invalid-count-condition", name + " takes no field",
                  "did you mean type: value_count?");
    }
    if (has_percentile_ && type != CorrelationType::value_percentile) {
      return fail(condition, "invalid-percentile", "only value_percentile takes a percentile");
    }
    return true;
  }

  bool read_percentile(const YamlNode& node) {
    std::optional<double> value;
    if (!read_number(node, value)) return false;
    if (*value < 0 || *value > 100) {
      return fail(node, "invalid-percentile", "the percentile " + node.scalar + " is outside 0 to 100");
    }
    out_.rule.percentile = *value;
    has_percentile_ = true;
    return true;
  }

  bool read_number(const YamlNode& node, std::optional<double>& out) {
    const std::optional<double> value = node.is_scalar() ? base::parse_double(node.scalar) : std::nullopt;
    if (!value || !std::isfinite(*value)) {
      return fail(node, "not-a-number", "\"" + node.scalar + "\" is no number");
    }
    if (node.quoted)
      report_.warn(node.span, "quoted-number", "the number " + node.scalar + " is quoted",
                   "remove the quotes");
    out = value;
    return true;
  }

  bool read_generate(const YamlNode& section) {
    const YamlNode* generate = section.find("generate");
    if (generate == nullptr || generate->is_null()) return true;
    if (!base::yaml_is_bool(*generate, out_.generate)) {
      return fail(*generate, "invalid-generate", "generate takes true or false");
    }
    return true;
  }

  void lint() {
    for (const auto& [key, value] : section_.entries) {
      if (key.scalar == "generate" || std::find(kKeys.begin(), kKeys.end(), key.scalar) != kKeys.end())
        continue;
      report_.lint(key.span, "unknown-key", "a correlation has no part \"" + key.scalar + "\"");
    }
    for (const ParsedCorrelation::Alias& alias : out_.aliases) {
      const auto& group = out_.rule.group_by;
      if (std::find(group.begin(), group.end(), alias.name) != group.end()) continue;
      report_.lint(alias.fields.front().first.span, "unused-alias",
                   "group-by does not use the alias \"" + alias.name + "\"");
    }
    if (out_.rule.type == CorrelationType::value_percentile && !has_percentile_) {
      report_.lint(section_.span, "missing-percentile", "no percentile is given; taken as 50",
                   "add \"percentile: 50\"");
    }
  }

  // Converts to whatever failure the caller returns.
  struct Failure {
    operator bool() const { return false; }
    operator std::optional<ParsedCorrelation>() const { return std::nullopt; }
  };

  Failure fail(const YamlNode& node, std::string_view code, std::string message, std::string_view help = {}) {
    report_.error(node.span, code, std::move(message), std::string(help));
    return {};
  }

  static constexpr std::string_view kTypesHelp =
      "the types are event_count, value_count, temporal, temporal_ordered, value_sum, value_avg, "
      "value_percentile "
      "and value_median";

  const YamlNode& section_;
  Reporter& report_;
  ParsedCorrelation out_;
  bool has_percentile_ = false;
};

}  // namespace

std::optional<ParsedCorrelation> build_correlation(const YamlNode& document, Reporter& report) {
  const YamlNode* section = document.find("correlation");
  std::optional<ParsedCorrelation> correlation = CorrelationBuilder(*section, report).build();
  if (!correlation) return std::nullopt;
  // Some authors write generate beside the section instead of in it.
  const YamlNode* outer = document.find("generate");
  if (outer != nullptr && section->find("generate") == nullptr) {
    if (!base::yaml_is_bool(*outer, correlation->generate)) {
      report.error(outer->span, "invalid-generate", "generate takes true or false");
      return std::nullopt;
    }
  }
  correlation->span = document.span;
  return correlation;
}

std::optional<base::TimeNs> parse_timespan(std::string_view text) {
  constexpr std::pair<char, std::int64_t> kUnits[] = {
      {'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}, {'w', 7 * 86400}, {'M', 2'629'746}, {'y', 31'556'952}};
  constexpr std::int64_t kMaxSeconds = 100LL * 31'556'952;
  if (text.size() < 2) return std::nullopt;
  const std::string_view digits = text.substr(0, text.size() - 1);
  if (digits.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  const std::optional<std::int64_t> count = base::parse_int(digits);
  if (!count || *count <= 0) return std::nullopt;
  for (const auto& [unit, seconds] : kUnits) {
    if (text.back() != unit) continue;
    if (*count > kMaxSeconds / seconds) return std::nullopt;
    return *count * seconds * base::kNsPerSecond;
  }
  return std::nullopt;
}

}  // namespace vedette::detect::sigma
