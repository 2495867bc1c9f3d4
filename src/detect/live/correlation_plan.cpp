#include "live/correlation_plan.hpp"

#include <algorithm>
#include <map>

#include "correlation/window.hpp"
#include "vedette/base/hash.hpp"

namespace vedette::detect {
namespace {

void describe(std::string& out, const model::Predicate& predicate) {
  out += std::to_string(static_cast<int>(predicate.kind));
  append_part(out, predicate.test.field);
  out += '(';
  for (const model::Predicate& child : predicate.children) describe(out, child);
  out += ')';
}

void describe(std::string& out, const std::vector<std::string>& texts) {
  out += std::to_string(texts.size()) + '[';
  for (const std::string& text : texts) append_part(out, text);
}

void describe(std::string& out, const CountCondition& condition) {
  for (const std::optional<double>& bound :
       {condition.gt, condition.gte, condition.lt, condition.lte, condition.eq, condition.neq}) {
    model::TextBuffer buffer;
    append_part(out, bound ? text_of(model::Value::real(*bound), buffer) : std::string_view("-"));
  }
}

class Planner {
 public:
  Planner(const RuleSet& rules, CorrelationPlan& plan, base::TimeNs lateness)
      : rules_(rules), plan_(plan), lateness_(lateness), delays_(rules.correlations.size(), 0) {
    plan_.correlations.resize(rules.correlations.size());
    for (std::uint32_t c = 0; c < rules.correlations.size(); ++c) visit(c);
  }

 private:
  // Inner ones first; the loader refuses cycles.
  void visit(std::uint32_t index) {
    PlannedCorrelation& planned = plan_.correlations[index];
    if (planned.rule) return;
    const CorrelationRule& rule = rules_.correlations[index];
    planned.rule = std::make_shared<CorrelationRule>(rule);
    base::TimeNs delay = 0;
    for (const RuleRef& ref : rule.rules) {
      if (ref.kind != RuleRef::Kind::correlation) continue;
      visit(ref.index);
      delay = std::max(delay, delays_[ref.index]);
    }
    planned.rank = static_cast<std::uint32_t>(plan_.by_rank.size());
    plan_.by_rank.push_back(index);
    planned.at_close = judged_at_close(rule);
    planned.held = planned.at_close || delay > 0;
    planned.lateness = later(lateness_, delay);
    // What is held is done 1 ns after it is due: hits once no earlier one can come, windows after their end.
    if (planned.held) delay = later(later(planned.lateness, planned.at_close ? rule.timespan : 0), 2);
    delays_[index] = delay;
    planned.fingerprint = fingerprint(rule);
    // Two of the same are told apart by their order.
    const int copies = seen_[planned.fingerprint]++;
    if (copies > 0) planned.fingerprint += "#" + std::to_string(copies);
  }

  std::string fingerprint(const CorrelationRule& rule) const {
    std::string text = rule.info->id + '\n' + std::to_string(static_cast<int>(rule.type)) + ' ' +
                       std::to_string(rule.timespan) + ' ';
    for (const RuleRef& ref : rule.rules) {
      append_part(text, ref.kind == RuleRef::Kind::rule ? rules_.rules[ref.index].info->id
                                                        : plan_.correlations[ref.index].fingerprint);
    }
    describe(text, rule.rule_names);
    describe(text, rule.group_by);
    for (const auto& [alias, fields] : rule.aliases) {
      append_part(text, alias);
      describe(text, fields);
    }
    describe(text, rule.condition);
    describe(text, rule.value_fields);
    model::TextBuffer buffer;
    append_part(text, text_of(model::Value::real(rule.percentile), buffer));
    describe(text, rule.rule_condition);
    return base::hash128_hex(text);
  }

  const RuleSet& rules_;
  CorrelationPlan& plan_;
  const base::TimeNs lateness_;
  std::map<std::string, int> seen_;
  std::vector<base::TimeNs> delays_;  // by correlation: how far its alerts may stand behind the newest event
};

}  // namespace

CorrelationPlan::CorrelationPlan(std::shared_ptr<const Engine> e, base::TimeNs lateness)
    : engine(std::move(e)), uses(engine->rules()) {
  Planner(engine->rules(), *this, lateness);
}

}  // namespace vedette::detect
