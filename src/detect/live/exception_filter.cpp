#include "live/exception_filter.hpp"

#include <algorithm>
#include <string_view>
#include <unordered_map>

namespace vedette::detect {
namespace {

RuleSet rules_of(const std::vector<Exception>& exceptions) {
  RuleSet rules;
  for (const Exception& exception : exceptions) {
    auto info = std::make_shared<model::RuleInfo>();
    info->id = exception.id;
    Rule& rule = rules.rules.emplace_back();
    rule.info = std::move(info);
    rule.condition = exception.condition;
  }
  return rules;
}

template <typename AnyRule>
std::vector<std::vector<bool>> concerned_exceptions(const std::vector<Exception>& exceptions,
                                                    const std::vector<AnyRule>& rules) {
  std::unordered_map<std::string_view, std::vector<std::size_t>> by_id;
  std::vector<std::size_t> of_all;
  for (std::size_t i = 0; i < exceptions.size(); ++i) {
    if (exceptions[i].rules.empty()) of_all.push_back(i);
    for (const std::string& id : exceptions[i].rules) by_id[id].push_back(i);
  }
  std::vector<std::vector<bool>> concerned(rules.size());
  for (std::size_t r = 0; r < rules.size(); ++r) {
    const auto named = by_id.find(rules[r].info->id);
    if (of_all.empty() && named == by_id.end()) continue;
    concerned[r].assign(exceptions.size(), false);
    for (const std::size_t i : of_all) concerned[r][i] = true;
    if (named == by_id.end()) continue;
    for (const std::size_t i : named->second) concerned[r][i] = true;
  }
  return concerned;
}

}  // namespace

ExceptionFilter::ExceptionFilter(const std::vector<Exception>& exceptions, const Engine& rules)
    : exceptions_(exceptions),
      engine_(std::make_unique<Engine>(rules_of(exceptions), rules.taxonomy())),
      of_rule_(concerned_exceptions(exceptions, rules.rules().rules)),
      of_correlation_(concerned_exceptions(exceptions, rules.rules().correlations)) {
  for (Exception& exception : exceptions_) exception.condition = {};
}

bool ExceptionFilter::Matcher::excepts_rule(const model::EventBatch& batch, std::uint32_t row,
                                            std::uint32_t rule, base::TimeNs now) {
  return any(batch, row, filter_.of_rule_[rule], now);
}

bool ExceptionFilter::Matcher::excepts_correlation(const model::EventBatch& batch, std::uint32_t row,
                                                   std::uint32_t correlation, base::TimeNs now) {
  return any(batch, row, filter_.of_correlation_[correlation], now);
}

bool ExceptionFilter::Matcher::any(const model::EventBatch& batch, std::uint32_t row,
                                   const std::vector<bool>& concerned, base::TimeNs now) {
  if (concerned.empty()) return false;
  if (batch_ != &batch || row_ != row) {
    hits_.clear();
    detector_.run(batch, row, row + 1, hits_);
    batch_ = &batch;
    row_ = row;
  }
  return std::any_of(hits_.begin(), hits_.end(), [&](const RuleHit& hit) {
    const base::TimeNs expires = filter_.exceptions_[hit.rule].expires;
    return concerned[hit.rule] && (expires == 0 || now < expires);
  });
}

}  // namespace vedette::detect
