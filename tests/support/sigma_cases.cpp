#include "support/sigma_cases.hpp"

#include <algorithm>
#include <map>

#include "support/naive_evaluator.hpp"
#include "vedette/base/files.hpp"
#include "vedette/base/text.hpp"
#include "vedette/base/yaml.hpp"

namespace vedette::test {

namespace {

using base::YamlNode;
using model::Value;

constexpr base::TimeNs kStart = 1'769'904'000 * base::kNsPerSecond;  // 2026-02-01T00:00:00Z

// Flattens one event map into fields; a dotted key wins over a nested map of the same name.
class EventBuilder {
 public:
  explicit EventBuilder(model::BatchBuilder& batch) : batch_(batch) {}

  void build(const YamlNode& event, std::uint64_t position) {
    batch_.begin_row(position);
    batch_.set_time(kStart);
    fields_.clear();
    flatten(event, "", false);
    flatten(event, "", true);
    for (const auto& [name, values] : fields_) {
      if (name == "@at") {
        batch_.set_time(kStart +
                        static_cast<base::TimeNs>(base::parse_double(values.front()->scalar).value_or(0) *
                                                  static_cast<double>(base::kNsPerSecond)));
        continue;
      }
      if (name == "@timestamp") batch_.set_time(base::parse_iso8601(values.front()->scalar).value_or(0));
      batch_.add(model::intern(name), field_value(values));
    }
    batch_.end_row();
  }

 private:
  void flatten(const YamlNode& map, const std::string& prefix, bool nested) {
    for (const auto& [key, value] : map.entries) {
      const std::string name = prefix + key.scalar;
      if (!holds_maps(value)) {
        if (!nested || !prefix.empty()) fields_.try_emplace(name, std::vector<const YamlNode*>{&value});
      } else if (nested && value.is_mapping()) {
        flatten(value, name + ".", true);
      } else if (nested) {
        for (const YamlNode& item : value.items) {
          for (const auto& [inner, leaf] : item.entries) fields_[name + "." + inner.scalar].push_back(&leaf);
        }
      }
    }
  }

  static bool holds_maps(const YamlNode& node) {
    return node.is_mapping() ||
           (node.is_sequence() && !node.items.empty() && node.items.front().is_mapping());
  }

  Value field_value(const std::vector<const YamlNode*>& nodes) {
    if (nodes.size() == 1 && !nodes.front()->is_sequence()) return scalar(*nodes.front());
    std::vector<Value> values;
    for (const YamlNode* node : nodes) {
      if (!node->is_sequence()) values.push_back(scalar(*node));
      for (const YamlNode& item : node->items) values.push_back(scalar(item));
    }
    const std::span<Value> kept = batch_.arena().allocate_array<Value>(values.size());
    std::uninitialized_copy(values.begin(), values.end(), kept.begin());
    return Value::list(kept);
  }

  Value scalar(const YamlNode& node) {
    std::int64_t integer = 0;
    double real = 0;
    bool boolean = false;
    if (node.is_null()) return Value::null();
    if (base::yaml_is_int(node, integer)) return Value::integer(integer);
    if (base::yaml_is_float(node, real)) return Value::real(real);
    if (base::yaml_is_bool(node, boolean)) return Value::boolean(boolean);
    return Value::string(batch_.arena().copy(node.scalar));
  }

  model::BatchBuilder& batch_;
  std::map<std::string, std::vector<const YamlNode*>> fields_;
};

std::shared_ptr<const model::EventBatch> build_events(const YamlNode& events) {
  auto source = std::make_shared<model::Source>();
  source->path = "cases";
  model::BatchBuilder batch(std::move(source));
  EventBuilder builder(batch);
  for (std::size_t i = 0; i < events.items.size(); ++i) builder.build(events.items[i], i + 1);
  return batch.finish();
}

std::string with_head(const std::string& rule) {
  for (std::string_view own : {"logsource:", "correlation:", "filter:"}) {
    if (("\n" + rule).find("\n" + std::string(own)) != std::string::npos) return rule;
  }
  return "title: Case\nid: 11111111-2222-4333-8444-555555555555\nlevel: low\nstatus: test\n"
         "logsource:\n    category: case\n" +
         rule;
}

bool flag(const YamlNode& node, std::string_view key) {
  bool value = false;
  const YamlNode* found = node.find(key);
  return found != nullptr && base::yaml_is_bool(*found, value) && value;
}

std::string read_case(const YamlNode& node, SigmaCase& out) {
  static constexpr std::string_view kKeys[] = {"item",   "name",  "rule",   "placeholders",
                                               "lint",   "error", "warn",   "cannot_fire",
                                               "events", "match", "alerts", "needs"};
  for (const auto& [key, value] : node.entries) {
    if (std::find(std::begin(kKeys), std::end(kKeys), key.scalar) == std::end(kKeys)) {
      return "unknown key " + key.scalar;
    }
  }
  for (const std::string& item : node.texts("item")) {
    out.items.push_back(static_cast<int>(base::parse_int(item).value_or(0)));
  }
  out.line = node.span.line;
  out.name = node.text("name");
  out.rule = node.text("rule");
  out.lint = flag(node, "lint");
  out.errors = node.texts("error");
  out.warnings = node.texts("warn");
  out.cannot_fire = flag(node, "cannot_fire");
  out.needs = node.text("needs");
  out.alerts = static_cast<int>(base::parse_int(node.text("alerts")).value_or(-1));
  for (const std::string& match : node.texts("match")) out.match.push_back(match == "true");
  if (const YamlNode* placeholders = node.find("placeholders")) {
    for (const auto& [key, value] : placeholders->entries) {
      out.placeholders[key.scalar] = placeholders->texts(key.scalar);
    }
  }
  if (out.items.empty() || out.name.empty() || out.rule.empty()) return "needs item, name and rule";
  const YamlNode* events = node.find("events");
  if (events != nullptr) out.events = build_events(*events);
  if (out.alerts < 0 && (events == nullptr ? 0 : events->items.size()) != out.match.size()) {
    return "has not as many matches as events";
  }
  return {};
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

// The distinct codes of one severity, sorted.
std::vector<std::string> codes_of(const base::Diagnostics& diagnostics, base::Severity severity) {
  std::vector<std::string> codes;
  for (const base::Diagnostic& diagnostic : diagnostics) {
    if (diagnostic.severity == severity) codes.push_back(diagnostic.code);
  }
  std::sort(codes.begin(), codes.end());
  codes.erase(std::unique(codes.begin(), codes.end()), codes.end());
  return codes;
}

std::string compare_codes(std::string_view what, std::vector<std::string> wanted,
                          const std::vector<std::string>& got) {
  std::sort(wanted.begin(), wanted.end());
  if (wanted == got) return {};
  return std::string(what) + ": wanted [" + joined(wanted) + "], got [" + joined(got) + "]\n";
}

std::string compare_loading(const SigmaCase& sigma_case, const detect::RuleSet& set) {
  std::string out =
      compare_codes("errors", sigma_case.errors, codes_of(set.diagnostics, base::Severity::error)) +
      compare_codes("warnings", sigma_case.warnings, codes_of(set.diagnostics, base::Severity::warning));
  if ((set.refused > 0) != !sigma_case.errors.empty())
    out += "refused: " + std::to_string(set.refused) + "\n";
  bool cannot_fire = false;
  for (const detect::Rule& rule : set.rules) cannot_fire |= !rule.cannot_fire.empty();
  for (const detect::CorrelationRule& rule : set.correlations) cannot_fire |= !rule.cannot_fire.empty();
  if (cannot_fire != sigma_case.cannot_fire)
    out += "cannot_fire is " + std::string(cannot_fire ? "true" : "false") + "\n";
  for (const base::Diagnostic& diagnostic : set.diagnostics) {
    if (diagnostic.span.line == 0) out += "a diagnostic without a place: " + diagnostic.to_string() + "\n";
  }
  if (!out.empty()) {
    for (const base::Diagnostic& diagnostic : set.diagnostics) out += "  " + diagnostic.to_string() + "\n";
  }
  return out;
}

}  // namespace

std::vector<SigmaCase> read_sigma_cases(const std::string& folder, std::string& problem) {
  std::vector<SigmaCase> cases;
  const auto files = base::list_files(folder, {".yml"});
  if (!files.ok()) {
    problem = files.error().message;
    return cases;
  }
  for (const std::string& file : *files) {
    const auto text = base::read_file(file);
    if (!text.ok()) {
      problem = text.error().message;
      return cases;
    }
    const base::YamlStream stream = base::parse_yaml(*text, file);
    if (base::has_errors(stream.diagnostics)) problem = stream.diagnostics.front().to_string();
    for (const YamlNode& document : stream.documents) {
      for (const YamlNode& node : document.items) {
        SigmaCase& added = cases.emplace_back();
        added.file = file;
        const std::string wrong = read_case(node, added);
        if (!wrong.empty()) problem = file + ":" + std::to_string(node.span.line) + ": " + wrong;
      }
    }
  }
  return cases;
}

SigmaEvaluator naive_sigma_evaluator() {
  SigmaEvaluator evaluator;
  evaluator.name = "naive";
  evaluator.match = [](const detect::RuleSet& set, const model::EventBatch& batch) {
    std::vector<bool> out;
    for (std::size_t row = 0; row < batch.size(); ++row) {
      bool any = false;
      for (const detect::Rule& rule : set.rules) any |= rule.alerts && holds(rule.condition, batch[row]);
      out.push_back(any);
    }
    return out;
  };
  return evaluator;
}

std::string run_sigma_case(const SigmaCase& sigma_case, const SigmaEvaluator& evaluator) {
  detect::LoadOptions options;
  options.placeholders = sigma_case.placeholders;
  options.lint = sigma_case.lint;
  const detect::RuleSet set = detect::load_rules({{"case.yml", with_head(sigma_case.rule)}}, options);
  std::string out = compare_loading(sigma_case, set);
  const bool routed = sigma_case.needs == "routing";
  if (!sigma_case.events || (routed && !evaluator.match_routed)) return out;
  if (sigma_case.alerts >= 0) {
    if (!evaluator.count_alerts) return out;
    const int alerts = evaluator.count_alerts(set, sigma_case.events);
    if (alerts == sigma_case.alerts) return out;
    return out + "alerts: wanted " + std::to_string(sigma_case.alerts) + ", got " + std::to_string(alerts) +
           "\n";
  }
  const std::vector<bool> match =
      (routed ? evaluator.match_routed : evaluator.match)(set, *sigma_case.events);
  for (std::size_t i = 0; i < sigma_case.match.size(); ++i) {
    if (match[i] == sigma_case.match[i]) continue;
    std::string event;
    model::append_json(event, (*sigma_case.events)[i]);
    out += "event " + std::to_string(i + 1) + (match[i] ? " matches: " : " does not match: ") + event + "\n";
  }
  return out;
}

}  // namespace vedette::test
