#include "vedette/node/rule_cases.hpp"

#include <algorithm>
#include <cstring>
#include <filesystem>

#include "vedette/base/file_system.hpp"
#include "vedette/base/files.hpp"
#include "vedette/base/json_writer.hpp"
#include "vedette/base/yaml.hpp"
#include "vedette/detect/correlator.hpp"
#include "vedette/detect/engine.hpp"
#include "vedette/node/content.hpp"
#include "vedette/normalize/normalizer.hpp"

namespace vedette::node {
namespace {

using base::YamlNode;
using Batches = std::vector<std::shared_ptr<const model::EventBatch>>;

constexpr std::size_t kMaxCasesBytes = std::size_t{8} << 20;

void append_json(base::JsonWriter& json, const YamlNode& node) {
  std::int64_t integer = 0;
  double real = 0;
  bool boolean = false;
  switch (node.kind) {
    case YamlNode::Kind::null:
      json.null();
      return;
    case YamlNode::Kind::sequence:
      json.begin_array();
      for (const YamlNode& item : node.items) append_json(json, item);
      json.end_array();
      return;
    case YamlNode::Kind::mapping:
      json.begin_object();
      for (const auto& [key, value] : node.entries) append_json(json.key(key.scalar), value);
      json.end_object();
      return;
    case YamlNode::Kind::scalar:
      break;
  }
  if (yaml_is_int(node, integer)) {
    json.number(integer);
  } else if (yaml_is_bool(node, boolean)) {
    json.boolean(boolean);
  } else if (yaml_is_float(node, real)) {
    json.number(real);
  } else {
    json.string(node.scalar);
  }
}

// The lines of a case, or its events as JSON. Empty if it has neither.
std::vector<std::string> case_records(const YamlNode& node) {
  std::vector<std::string> records;
  const auto add = [&](const YamlNode& item) {
    std::string text = item.scalar;
    if (item.is_mapping()) {
      base::JsonWriter json(text);
      append_json(json, item);
    }
    records.push_back(std::move(text));
  };
  for (const char* key : {"event", "line"}) {
    if (const YamlNode* item = node.find(key)) add(*item);
  }
  for (const char* key : {"events", "lines"}) {
    const YamlNode* list = node.find(key);
    if (!list) continue;
    for (const YamlNode& item : list->items) add(item);
  }
  return records;
}

std::string cases_file_of(const std::string& rule_file) {
  return std::filesystem::path(rule_file).replace_extension("").string() + ".cases.yml";
}

// The rules of one file, ready to be tried on events.
class RuleUnderTest {
 public:
  RuleUnderTest(const detect::RuleFile& file, base::Diagnostics& diagnostics)
      : engine_(load(file, diagnostics), shipped_taxonomy()), detector_(engine_) {}

  bool fires(const Batches& batches) {
    detect::Correlator correlator(engine_);
    bool fired = false;
    for (const auto& batch : batches) {
      std::vector<detect::RuleHit> hits;
      detector_.run(*batch, hits);
      for (std::size_t row = 0; row < batch->size(); ++row) correlator.advance((*batch)[row].time());
      for (const detect::RuleHit& hit : hits) {
        fired = fired || engine_.rules().rules[hit.rule].alerts;
        if (correlator.wants(hit.rule)) correlator.add(*batch, hit, detect::event_id((*batch)[hit.row]));
      }
    }
    return !correlator.finish().empty() || fired;
  }

 private:
  static detect::RuleSet load(const detect::RuleFile& file, base::Diagnostics& diagnostics) {
    detect::RuleSet rules = detect::load_rules({file}, {});
    diagnostics.insert(diagnostics.end(), rules.diagnostics.begin(), rules.diagnostics.end());
    return rules;
  }

  detect::Engine engine_;
  detect::Detector detector_;
};

void add_cases(const YamlNode& document, std::vector<RuleCase>& cases) {
  for (const bool expected : {true, false}) {
    const YamlNode* list = document.find(expected ? "match" : "no_match");
    if (!list) continue;
    for (const YamlNode& one : list->items) {
      cases.push_back({std::string(one.text("name")), one.span, expected, case_records(one)});
    }
  }
}

// A file of cases that holds none would let anything pass.
void check_cases_document(const YamlNode& document, const std::string& file, base::Diagnostics& diagnostics) {
  const auto complain = [&](const base::SourceSpan& span, std::string message) {
    diagnostics.push_back({base::Severity::error, file, span, "rule-cases", std::move(message), {}});
  };
  if (!document.is_mapping()) {
    return complain(document.span, "a file of cases has the lists `match` and `no_match`");
  }
  for (const auto& [key, list] : document.entries) {
    if (key.scalar != "match" && key.scalar != "no_match") {
      complain(key.span, "`" + key.scalar + "` is neither `match` nor `no_match`");
    } else if (list.kind != YamlNode::Kind::sequence) {
      complain(list.span, "`" + key.scalar + "` is a list of cases");
    }
  }
}

std::vector<RuleCase> cases_of_text(const std::string& text, const std::string& file,
                                    base::Diagnostics& diagnostics) {
  base::YamlStream stream = base::parse_yaml(text, file);
  diagnostics.insert(diagnostics.end(), stream.diagnostics.begin(), stream.diagnostics.end());
  std::vector<RuleCase> cases;
  for (const YamlNode& document : stream.documents) {
    check_cases_document(document, file, diagnostics);
    add_cases(document, cases);
  }
  return cases;
}

void run_cases(RuleUnderTest& rule, const std::vector<RuleCase>& cases, const std::string& file,
               CaseReport& report) {
  for (const RuleCase& one : cases) {
    ++report.cases;
    std::string text;
    for (const std::string& record : one.records) text += record + '\n';
    if (text.empty()) {
      report.failures.push_back({file, one.span, one.name, "has no event, line, events or lines"});
    } else if (rule.fires(normalize_text(text, file)) != one.matches) {
      report.failures.push_back({file, one.span, one.name,
                                 one.matches ? "should match, but does not" : "should not match, but does"});
    }
  }
}

}  // namespace

Batches normalize_text(const std::string& text, std::string_view path) {
  static const auto mappings = shipped_mappings();
  const auto source = std::make_shared<model::Source>(model::Source{std::string(path)});
  normalize::StreamOptions options;
  options.detected = *normalize::detect_format(text, path, "");
  options.default_year = 2026;
  std::size_t at = 0;
  const auto read = [&](char* to, std::size_t capacity) -> base::Result<std::size_t> {
    const std::size_t n = std::min(capacity, text.size() - at);
    std::memcpy(to, text.data() + at, n);
    at += n;
    return n;
  };
  normalize::Normalizer normalizer(*mappings, source, options);
  const auto framer = normalize::make_framer(options.detected.framing, read, {});
  Batches batches;
  for (;;) {
    auto chunk = framer->next();
    if (!chunk || !chunk->bytes) break;
    batches.push_back(normalizer.parse(*chunk));
  }
  batches.push_back(normalizer.finish());
  return batches;
}

std::vector<RuleCase> read_rule_cases(const std::string& rule_file, base::Diagnostics& diagnostics) {
  const std::string file = cases_file_of(rule_file);
  if (!base::posix_file_system().exists(file)) return {};
  const auto text = base::read_file(file, kMaxCasesBytes);
  if (text) return cases_of_text(*text, file, diagnostics);
  diagnostics.push_back({base::Severity::error, file, {}, "cannot-read", text.error().message, {}});
  return {};
}

CaseReport run_rule_cases(const std::string& folder) {
  CaseReport report;
  auto files = read_rule_files(folder);
  if (!files) {
    report.diagnostics.push_back(
        {base::Severity::error, folder, {}, "cannot-read", files.error().message, {}});
    return report;
  }
  for (const detect::RuleFile& file : *files) {
    ++report.rules;
    const std::string cases_file = cases_file_of(file.name);
    const auto text = base::read_file(cases_file, kMaxCasesBytes);
    if (!text) {
      ++report.without_cases;
      continue;
    }
    const auto cases = cases_of_text(*text, cases_file, report.diagnostics);
    RuleUnderTest rule(file, report.diagnostics);
    run_cases(rule, cases, cases_file, report);
  }
  return report;
}

}  // namespace vedette::node
