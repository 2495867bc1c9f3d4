// From hits to observations, and from findings to alerts: what correlating at the end and live have in
// common.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "correlation/observation.hpp"
#include "correlation/window.hpp"
#include "vedette/detect/engine.hpp"

namespace vedette::detect {

// A place where the hits of a rule (or the alerts of a correlation) go.
struct CorrelationUse {
  std::uint32_t correlation = 0, member = 0;
};

struct CorrelationUses {
  explicit CorrelationUses(const RuleSet& rules);
  std::vector<std::vector<CorrelationUse>> of_rule, of_correlation;
};

// The hit as the correlation sees it, without a copy of its event; nothing if the event lacks a field.
std::optional<Observation> observe(const Engine& engine, const CorrelationUse& use, const model::Event& event,
                                   const RuleHit& hit, const std::string& event_id);
// An inner alert counts for an outer correlation if it carries the outer's group-by fields.
std::optional<Observation> observe(const CorrelationRule& outer, const CorrelationUse& use,
                                   const model::Alert& inner);

model::Alert correlation_alert(const CorrelationRule& rule, std::shared_ptr<const model::RuleInfo> info,
                               const Finding& finding);

std::shared_ptr<const model::EventBatch> copy_event(const model::EventBatch& batch, std::uint32_t row,
                                                    std::size_t bytes);
std::size_t event_bytes(const model::Event& event);  // about what a copy takes
std::size_t observation_bytes(const Observation& observation);

// Appends a value so that no two lists of values give the same text: it ends with the only NUL.
void append_part(std::string& out, std::string_view value);

}  // namespace vedette::detect
