#include "support/engine_evaluator.hpp"

#include "vedette/detect/correlator.hpp"
#include "vedette/detect/engine.hpp"
#include "vedette/node/content.hpp"
#include "vedette/node/rule_cases.hpp"

namespace vedette::test {
namespace {

// Every event belongs to every log source of the rules.
detect::Taxonomy open_taxonomy(const detect::RuleSet& rules) {
  detect::Taxonomy taxonomy;
  for (const detect::Rule& rule : rules.rules) taxonomy.log_sources.push_back({rule.info->log_source, {{}}});
  return taxonomy;
}

std::vector<bool> match(const detect::RuleSet& rules, const model::EventBatch& events) {
  const detect::Engine engine(rules, open_taxonomy(rules));
  std::vector<detect::RuleHit> hits;
  detect::Detector(engine).run(events, hits);
  std::vector<bool> matched(events.size(), false);
  for (const detect::RuleHit& hit : hits) {
    if (engine.rules().rules[hit.rule].alerts) matched[hit.row] = true;
  }
  return matched;
}

std::vector<bool> match_routed(const detect::RuleSet& rules, const model::EventBatch& events) {
  const detect::Engine engine(rules, node::shipped_taxonomy());
  detect::Detector detector(engine);
  std::vector<bool> matched;
  for (std::size_t row = 0; row < events.size(); ++row) {
    std::string json;
    append_json(json, events[row]);
    std::vector<detect::RuleHit> hits;
    for (const auto& batch : node::normalize_text(json + "\n", "case")) detector.run(*batch, hits);
    matched.push_back(!hits.empty());
  }
  return matched;
}

int count_alerts(const detect::RuleSet& rules, const std::shared_ptr<const model::EventBatch>& events) {
  const detect::Engine engine(rules, open_taxonomy(rules));
  detect::Correlator correlator(engine);
  std::vector<detect::RuleHit> hits;
  detect::Detector(engine).run(*events, hits);
  for (std::size_t row = 0; row < events->size(); ++row) correlator.advance((*events)[row].time());
  int alerts = 0;
  for (const detect::RuleHit& hit : hits) {
    if (engine.rules().rules[hit.rule].alerts) ++alerts;
    if (correlator.wants(hit.rule)) correlator.add(*events, hit, detect::event_id((*events)[hit.row]));
  }
  return alerts + static_cast<int>(correlator.finish().size());
}

}  // namespace

SigmaEvaluator engine_sigma_evaluator() {
  return {"engine", match, count_alerts, match_routed};
}

}  // namespace vedette::test
