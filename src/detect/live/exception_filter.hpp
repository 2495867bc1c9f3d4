// ExceptionFilter: which exceptions hold for an event. Their conditions are matched as those of rules are:
// field names and values mean the same in both.
#pragma once

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "vedette/detect/live.hpp"

namespace vedette::detect {

// Immutable, shared by threads.
class ExceptionFilter {
 public:
  ExceptionFilter(const std::vector<Exception>& exceptions, const Engine& rules);
  // See Engine::prepare_like.
  void prepare_like(const Engine& rules) const { engine_->prepare_like(rules); }

  // One a thread.
  class Matcher {
   public:
    explicit Matcher(const ExceptionFilter& filter) : filter_(filter), detector_(*filter.engine_) {}
    // Whether an exception for the rule (index into rules, or into correlations) holds for the row.
    bool excepts_rule(const model::EventBatch& batch, std::uint32_t row, std::uint32_t rule,
                      base::TimeNs now);
    bool excepts_correlation(const model::EventBatch& batch, std::uint32_t row, std::uint32_t correlation,
                             base::TimeNs now);
    // To be called before the first question about another batch.
    void forget() { batch_ = nullptr; }

   private:
    bool any(const model::EventBatch& batch, std::uint32_t row, const std::vector<bool>& concerned,
             base::TimeNs now);

    const ExceptionFilter& filter_;
    Detector detector_;
    const model::EventBatch* batch_ = nullptr;  // hits_ are those of this row
    std::uint32_t row_ = 0;
    std::vector<RuleHit> hits_;
  };

 private:
  std::vector<Exception> exceptions_;     // their conditions are in engine_
  std::unique_ptr<const Engine> engine_;  // a rule for each exception
  // By rule and by correlation: the exceptions that concern it; empty if none does.
  std::vector<std::vector<bool>> of_rule_, of_correlation_;
};

}  // namespace vedette::detect
