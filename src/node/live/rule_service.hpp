// LiveRuleService: what the REST API may ask of the rules of this node.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "live/rules_loader.hpp"
#include "vedette/api/services.hpp"
#include "vedette/detect/rule_book.hpp"

namespace vedette::node {

// Thread safe.
class LiveRuleService final : public api::RuleService {
 public:
  struct Parts {
    RulesConfig config;
    const ports::RecordStore* records = nullptr;  // outlives the service
    std::function<std::vector<detect::RuleState>()> states;
    std::function<base::Status()> reload;
  };
  explicit LiveRuleService(Parts parts) : parts_(std::move(parts)), book_(*parts_.records) {}

  std::vector<detect::RuleState> states() const override { return parts_.states(); }
  base::Result<std::string> source_of(std::string_view rule_id) const override;
  base::Status reload() override { return parts_.reload(); }
  // `events` of the result are those of the range, met by the rule or not. Runs on one thread. limit: a
  // correlation would have to hold more than 2,000,000 hits or 256 MB, or the store cut the search.
  base::Result<BackTest> back_test(std::string_view yaml, const ports::LogStore& events,
                                   const model::TimeRange& range,
                                   const std::function<bool(const model::AlertRecord&)>& on_alert,
                                   const base::CancellationToken& cancellation) const override;
  // Alerts of correlations are with the event that completed them, those that the end of a window decides
  // with the last one. invalid_argument names the event that cannot be parsed.
  base::Result<std::vector<std::vector<model::AlertRecord>>> test(
      std::string_view yaml, const std::vector<std::string>& events) const override;
  base::Diagnostics lint(std::string_view yaml) const override;
  detect::Taxonomy taxonomy() const override;

 private:
  base::Result<detect::RuleSet> load(std::string_view yaml, bool lint) const;
  base::Result<detect::RuleSet> load_beside_others(const detect::RuleFile& file, bool lint) const;
  base::Result<detect::RuleSet> load_good(std::string_view yaml) const;

  const Parts parts_;
  const detect::RuleBook book_;
};

}  // namespace vedette::node
