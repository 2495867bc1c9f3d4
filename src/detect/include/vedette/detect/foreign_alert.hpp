// Alerts of other products (an IDS, an endpoint agent, a cloud) that come in as events, as alerts of ours.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "vedette/model/alert_record.hpp"

namespace vedette::detect {

// Events whose event.kind is "alert" (ECS) become alerts of the rule that the other product names: id
// "<event.module>:<rule.id>" (without an id a hash of the name), title rule.name, else the message; level by
// level_of_foreign; techniques and tactics of threat.*. Not thread safe: it keeps the heads of rules it has
// met.
class ForeignAlerts {
 public:
  // Of one batch, in its order. Alerts of one rule and key are one, which counts the others as suppressed: a
  // flood of another product does not become a flood here.
  std::vector<model::AlertRecord> of(const std::shared_ptr<const model::EventBatch>& batch,
                                     base::TimeNs detected);

 private:
  std::shared_ptr<const model::RuleInfo> rule_of(const model::Event& event);

  std::map<std::string, std::shared_ptr<const model::RuleInfo>, std::less<>>
      rules_;  // at most kMaxForeignRules
};
inline constexpr std::size_t kMaxForeignRules = 50'000;

// event.severity by the scale of the product: Suricata 1 (high) to 4, Wazuh's rule level 0 to 15, others 0 to
// 100 in Elastic's steps (21, 47, 73, 99); without one by log.level; else medium.
model::Level level_of_foreign(const model::Event& event);

}  // namespace vedette::detect
