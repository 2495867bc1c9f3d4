// An alert: a rule, the event (or events) that met it, and why.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "vedette/base/time.hpp"
#include "vedette/model/event.hpp"
#include "vedette/model/rule.hpp"

namespace vedette::model {

// One predicate that held and helped the rule to match.
struct Match {
  std::string field;     // the event's field; for keywords the field it was found in
  std::string value;     // the event's value (cut to kMaxMatchValueBytes)
  std::string modifier;  // "contains", "endswith|cased", "" for equality, "keyword"
  std::string pattern;   // what the rule asked for
};
inline constexpr std::size_t kMaxMatchValueBytes = 4096;

// A correlation's evidence.
struct CorrelationResult {
  std::string type;                                        // "event_count", ...
  std::vector<std::pair<std::string, std::string>> group;  // group-by field and value
  double value = 0;                                        // the count, sum, ... that met the condition
  base::TimeNs first = 0, last = 0;                        // event times of the window's evidence
  std::vector<std::string> event_ids;                      // at most 100 of the events that took part
};

struct Alert {
  std::string id;  // deterministic: the same rule over the same events has the same id in every run
  std::shared_ptr<const RuleInfo> rule;
  std::shared_ptr<const EventBatch> batch;  // holds the event alive
  std::uint32_t row = 0;
  base::TimeNs time = 0;  // event time; for correlations the time of the last event
  std::vector<Match> matches;
  std::shared_ptr<const CorrelationResult> correlation;  // null for plain rules

  Event event() const { return (*batch)[row]; }
};

// The alert as one ECS document (dotted names): the event's fields, log.file.path, rule.*, event.kind
// "alert", vedette.rule.level, vedette.rule.tags, vedette.alert.id, vedette.match, vedette.correlation. One
// line, no newline.
void append_json(std::string& out, const Alert& alert);

}  // namespace vedette::model
