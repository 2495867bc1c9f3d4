#include <ctime>
#include <unordered_map>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "engine/engine_state.hpp"
#include "engine/evaluator.hpp"
#include "vedette/base/check.hpp"
#include "vedette/base/text.hpp"

namespace vedette::detect {
namespace {

// Keys hold values only as far as log sources ask about them, so there are few; an attacker who repeats and
// permutes them is cut off here and pays by the slower path.
constexpr std::size_t kMaxCachedKeys = 65536;
constexpr std::size_t kMaxShownValue = 200;

constexpr std::uint64_t kMaxPause = 20'000;  // ns

std::uint64_t clock_ns(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(time.tv_nsec);
}

struct KeyHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};

}  // namespace

struct Detector::State {
  explicit State(Engine::State& engine_state) : engine(engine_state) {}
  ~State() { hs_free_scratch(scratch); }

  // How events of one key are evaluated.
  struct Route {
    Evaluator* evaluator = nullptr;
    std::vector<std::uint16_t> entries;  // only for a program of all rules
  };

  const Route& route(const model::Event& event) {
    engine.router.key(event, key, folded);
    if (const auto it = by_key.find(std::string_view(key)); it != by_key.end()) return it->second;
    std::vector<std::uint16_t> entries = engine.router.entries(key);
    uncached.evaluator = &evaluator_of(entries);
    if (!uncached.evaluator->program().for_all) entries.clear();
    uncached.entries = std::move(entries);
    if (by_key.size() >= kMaxCachedKeys) return uncached;
    return by_key.emplace(key, uncached).first->second;
  }

  // Whether the rule is for events of the route: its program has sorted that out, unless it is that of all
  // rules.
  bool is_for(std::uint32_t rule, const Route& route) const {
    return !route.evaluator->program().for_all ||
           belongs(engine.rules.rules[rule].info->log_source, engine.taxonomy, route.entries);
  }

  Evaluator& evaluator_of(const std::vector<std::uint16_t>& entries) {
    const Program* program = engine.program(entries);
    auto& found = evaluators[program];
    if (!found) {
      if (program->database) {
        CHECK(hs_alloc_scratch(program->database.get(), &scratch) == HS_SUCCESS);
      }
      found = std::make_unique<Evaluator>(*program, &scratch);
    }
    return *found;
  }

  Engine::State& engine;
  hs_scratch_t* scratch = nullptr;
  std::unordered_map<std::string, Route, KeyHash, std::equal_to<>> by_key;
  Route uncached;
  std::unordered_map<const Program*, std::unique_ptr<Evaluator>> evaluators;
  void run_row(const model::EventBatch& batch, std::uint32_t row, std::vector<RuleHit>& hits);
  void run_timed(const model::EventBatch& batch, std::uint32_t row, std::vector<RuleHit>& hits);
  void add_hit(std::uint32_t candidate, const Route& from, std::uint32_t row, std::vector<RuleHit>& hits);

  std::string key, folded;
  RuleCosts* costs = nullptr;
  std::vector<std::pair<std::uint32_t, std::uint64_t>> timed;  // rules of the event that is timed, and ns
  std::uint32_t rows_until_sample = RuleCosts::kSampleEvery;
};

Detector::Detector(const Engine& engine) : state_(std::make_unique<State>(*engine.state_)) {}
Detector::~Detector() = default;
Detector::Detector(Detector&&) noexcept = default;

void Detector::run(const model::EventBatch& batch, std::vector<RuleHit>& hits) {
  run(batch, 0, static_cast<std::uint32_t>(batch.size()), hits);
}

void Detector::run(const model::EventBatch& batch, std::uint32_t first, std::uint32_t last,
                   std::vector<RuleHit>& hits) {
  for (std::uint32_t row = first; row < last; ++row) {
    if (state_->costs && --state_->rows_until_sample == 0) {
      state_->rows_until_sample = RuleCosts::kSampleEvery;
      state_->run_timed(batch, row, hits);
    } else {
      state_->run_row(batch, row, hits);
    }
  }
}

void Detector::measure(RuleCosts& costs) {
  state_->costs = &costs;
}

void Detector::State::run_row(const model::EventBatch& batch, std::uint32_t row, std::vector<RuleHit>& hits) {
  const model::Event event = batch[row];
  const Route& from = route(event);
  Evaluator& evaluator = *from.evaluator;
  for (const std::uint32_t candidate : evaluator.load(event)) {
    if (costs) costs->count(evaluator.program().rules[candidate].rule);
    if (evaluator.matches(candidate)) add_hit(candidate, from, row, hits);
  }
}

// A measurement during which the thread was not running says nothing and is left out.
void Detector::State::run_timed(const model::EventBatch& batch, std::uint32_t row,
                                std::vector<RuleHit>& hits) {
  const std::uint64_t cpu_before = clock_ns(CLOCK_THREAD_CPUTIME_ID);
  const std::uint64_t begin = clock_ns(CLOCK_MONOTONIC);
  const model::Event event = batch[row];
  const Route& from = route(event);
  Evaluator& evaluator = *from.evaluator;
  const std::vector<std::uint32_t>& candidates = evaluator.load(event);
  timed.clear();
  std::uint64_t last = clock_ns(CLOCK_MONOTONIC);
  for (const std::uint32_t candidate : candidates) {
    if (evaluator.matches(candidate)) add_hit(candidate, from, row, hits);
    const std::uint64_t now = clock_ns(CLOCK_MONOTONIC);
    const std::uint32_t rule = evaluator.program().rules[candidate].rule;
    costs->count(rule);
    timed.emplace_back(rule, now - last);
    last = now;
  }
  const std::uint64_t cpu = clock_ns(CLOCK_THREAD_CPUTIME_ID) - cpu_before;
  if (last - begin > cpu + kMaxPause) return;
  for (const auto& [rule, ns] : timed) costs->time(rule, ns);
  costs->time_event(last - begin);
}

void Detector::State::add_hit(std::uint32_t candidate, const Route& from, std::uint32_t row,
                              std::vector<RuleHit>& hits) {
  Evaluator& evaluator = *from.evaluator;
  const std::uint32_t rule = evaluator.program().rules[candidate].rule;
  if (!is_for(rule, from)) return;
  hits.push_back({rule, row, evaluator.evidence(candidate), evaluator.captures(candidate)});
}

namespace {

void explain_node(Evaluator& evaluator, std::uint32_t at, int depth, std::string& out) {
  using Kind = model::Predicate::Kind;
  const Node& node = evaluator.program().nodes[at];
  out += fmt::format("{:{}}{} ", "", depth * 2, evaluator.holds(at) ? "✓" : "✗");
  if (!node.source->name.empty()) out += node.source->name + ": ";
  switch (node.kind) {
    case Kind::always:
      out += "always\n";
      return;
    case Kind::never:
      out += "never\n";
      return;
    case Kind::all_of:
      out += "all of\n";
      break;
    case Kind::any_of:
      out += "any of\n";
      break;
    case Kind::negation:
      out += "not\n";
      break;
    case Kind::test: {
      const Test& test = evaluator.program().tests[node.test];
      const auto& source = node.source->test;
      out += source.field.empty() ? "(keyword)" : source.field;
      if (!source.modifier.empty()) out += "|" + source.modifier;
      out += ": " + base::escape_control(source.shown);
      if (test.slot != kKeywordSlot) {
        const model::Value* value = evaluator.slot_value(test.slot);
        std::string text;
        if (value) append_json(text, *value);
        if (text.size() > kMaxShownValue) text = text.substr(0, kMaxShownValue) + "…";
        out += value ? "   is " + base::to_valid_utf8(base::escape_control(text)) : "   is absent";
      }
      out += '\n';
      return;
    }
  }
  for (std::uint32_t i = 0; i < node.count; ++i) explain_node(evaluator, node.first + i, depth + 1, out);
}

}  // namespace

std::string Detector::explain(std::uint32_t rule, const model::Event& event) {
  const Rule& r = state_->engine.rules.rules[rule];
  const State::Route& route = state_->route(event);
  Evaluator& evaluator = *route.evaluator;
  std::string out = fmt::format("{} ({})\n", r.info->title, r.info->id);
  evaluator.load(event);
  const auto& members = evaluator.program().rules;
  for (std::uint32_t i = 0; i < members.size(); ++i) {
    if (members[i].rule != rule || !state_->is_for(rule, route)) continue;
    out += fmt::format("log source {}: agrees\n", r.info->log_source.to_string());
    explain_node(evaluator, members[i].root, 0, out);
    return out;
  }
  out += r.cannot_fire.empty()
             ? fmt::format("log source {}: the event does not belong to it\n", r.info->log_source.to_string())
             : fmt::format("cannot fire: {}\n", r.cannot_fire);
  return out;
}

}  // namespace vedette::detect
