#include "vedette/detect/engine.hpp"

#include <algorithm>
#include <numeric>

#include "engine/engine_state.hpp"

namespace vedette::detect {
namespace {

int given_parts(const model::LogSource& source) {
  return !source.category.empty() * 2 + !source.service.empty() * 2 + !source.product.empty();
}

// By rule: the fields that the correlations over it group by or compute with.
std::vector<std::vector<std::string>> captured_fields(const RuleSet& rules) {
  std::vector<std::vector<std::string>> fields(rules.rules.size());
  for (const CorrelationRule& correlation : rules.correlations) {
    for (std::size_t member = 0; member < correlation.rules.size(); ++member) {
      const RuleRef& ref = correlation.rules[member];
      if (ref.kind != RuleRef::Kind::rule) continue;
      auto& wanted = fields[ref.index];
      const auto want = [&](const std::string& field) {
        if (std::find(wanted.begin(), wanted.end(), field) == wanted.end()) wanted.push_back(field);
      };
      for (const std::string& group : correlation.group_by) want(correlation.field_of(group, member));
      for (const std::string& field : correlation.value_fields) want(correlation.field_of(field, member));
    }
  }
  return fields;
}

}  // namespace

Engine::State::State(RuleSet rule_set, Taxonomy tax)
    : rules(std::move(rule_set)),
      taxonomy(std::move(tax)),
      router(taxonomy),
      captured(captured_fields(rules)) {}

const Program* Engine::State::program(const std::vector<std::uint16_t>& entries) {
  std::lock_guard lock(mutex);
  if (const auto known = programs.find(entries); known != programs.end()) return known->second.get();
  if (programs.size() < kMaxPrograms) return (programs[entries] = compile(entries)).get();
  if (!for_all) {
    std::vector<std::uint16_t> all(taxonomy.log_sources.size());
    std::iota(all.begin(), all.end(), std::uint16_t{0});
    for_all = compile(all);
    for_all->for_all = true;
  }
  return for_all.get();
}

std::unique_ptr<Program> Engine::State::compile(const std::vector<std::uint16_t>& entries) const {
  std::vector<std::uint32_t> members;
  for (std::uint32_t i = 0; i < rules.rules.size(); ++i) {
    const Rule& rule = rules.rules[i];
    if (rule.cannot_fire.empty() && belongs(rule.info->log_source, taxonomy, entries)) members.push_back(i);
  }
  std::vector<const FieldSection*> sections;
  for (const FieldSection& section : taxonomy.fields) {
    if (belongs(section.source, taxonomy, entries)) sections.push_back(&section);
  }
  std::stable_sort(sections.begin(), sections.end(), [](const FieldSection* a, const FieldSection* b) {
    return given_parts(a->source) > given_parts(b->source);
  });
  return compile_program(rules, members, captured, FieldResolver(std::move(sections)));
}

Engine::Engine(RuleSet rules, Taxonomy taxonomy)
    : state_(std::make_unique<State>(std::move(rules), std::move(taxonomy))) {}
Engine::~Engine() = default;

const std::vector<std::string>& Engine::captured(std::uint32_t rule) const {
  return state_->captured[rule];
}
const RuleSet& Engine::rules() const {
  return state_->rules;
}
const Taxonomy& Engine::taxonomy() const {
  return state_->taxonomy;
}

void Engine::prepare_like(const Engine& old) const {
  if (old.state_->taxonomy.log_sources.size() != state_->taxonomy.log_sources.size()) return;
  std::vector<std::vector<std::uint16_t>> met;
  {
    std::lock_guard lock(old.state_->mutex);
    for (const auto& [entries, program] : old.state_->programs) met.push_back(entries);
  }
  for (const auto& entries : met) state_->program(entries);
}

std::string Engine::cannot_fire(std::uint32_t rule) const {
  const Rule& r = state_->rules.rules[rule];
  if (!r.cannot_fire.empty()) return r.cannot_fire;
  if (any_source(r.info->log_source, state_->taxonomy)) return {};
  return "no known source provides the log source " + r.info->log_source.to_string();
}

std::string Engine::correlation_cannot_fire(std::uint32_t correlation) const {
  const CorrelationRule& c = state_->rules.correlations[correlation];
  if (!c.cannot_fire.empty()) return c.cannot_fire;
  const auto dead = [&](const RuleRef& ref) {
    return ref.kind == RuleRef::Kind::rule ? !cannot_fire(ref.index).empty()
                                           : !correlation_cannot_fire(ref.index).empty();
  };
  if (!c.rules.empty() && std::all_of(c.rules.begin(), c.rules.end(), dead)) {
    return "none of the rules it refers to can fire";
  }
  return {};
}

}  // namespace vedette::detect
