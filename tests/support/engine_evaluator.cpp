#include "support/engine_evaluator.hpp"

#include "vedette/detect/correlator.hpp"
#include "vedette/detect/engine.hpp"
#include "vedette/node/content.hpp"

namespace vedette::test {
namespace {

detect::Taxonomy case_taxonomy() {
  detect::Taxonomy taxonomy = node::shipped_taxonomy();
  taxonomy.log_sources.push_back({{"case", "", ""}, {{}}});
  return taxonomy;
}

std::vector<bool> match(const detect::RuleSet& rules, const model::EventBatch& events) {
  const detect::Engine engine(rules, case_taxonomy());
  std::vector<detect::RuleHit> hits;
  detect::Detector(engine).run(events, hits);
  std::vector<bool> matched(events.size(), false);
  for (const detect::RuleHit& hit : hits) {
    if (engine.rules().rules[hit.rule].alerts) matched[hit.row] = true;
  }
  return matched;
}

int count_alerts(const detect::RuleSet& rules, const std::shared_ptr<const model::EventBatch>& events) {
  const detect::Engine engine(rules, case_taxonomy());
  detect::Correlator correlator(engine);
  std::vector<detect::RuleHit> hits;
  detect::Detector(engine).run(*events, hits);
  int alerts = 0;
  for (const detect::RuleHit& hit : hits) {
    if (engine.rules().rules[hit.rule].alerts) ++alerts;
    if (correlator.wants(hit.rule)) correlator.add(*events, hit, detect::event_id((*events)[hit.row]));
  }
  return alerts + static_cast<int>(correlator.finish().size());
}

}  // namespace

SigmaEvaluator engine_sigma_evaluator() {
  return {"engine", match, count_alerts, true};
}

}  // namespace vedette::test
