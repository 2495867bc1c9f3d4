// What of ATT&CK rules name and what fired, and layers of the ATT&CK Navigator.
#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>
#include <simdjson.h>

#include "attack_names.hpp"
#include "text_escape.hpp"
#include "vedette/base/json_writer.hpp"
#include "vedette/base/text.hpp"
#include "vedette/cases/soc_metrics.hpp"

namespace vedette::cases {
namespace {

using base::JsonWriter;

constexpr std::string_view kAttackVersion = "19";
constexpr std::string_view kNavigatorVersion = "5.1.0";
constexpr std::size_t kMaxTechniques = 20'000, kMaxComment = 1000, kMaxRulesNamed = 10;

base::Error no_layer(std::string what) {
  return base::make_error(base::ErrorCode::invalid_argument,
                          "this is no layer of the ATT&CK Navigator: " + what);
}

double score_of(const TechniqueCoverage& technique, LayerOf what) {
  return what == LayerOf::rules ? static_cast<double>(technique.rules.size())
                                : static_cast<double>(technique.alerts);
}

void write_technique(JsonWriter& json, const TechniqueCoverage& technique, LayerOf what) {
  std::string comment = fmt::format("{} active rules, {} alerts", technique.rules.size(), technique.alerts);
  for (std::size_t i = 0; i < technique.rules.size() && i < kMaxRulesNamed; ++i) {
    comment += "\n" + plain_line(technique.rules[i]);
  }
  json.begin_object().field("techniqueID", technique.technique).field("score", score_of(technique, what));
  json.field("comment", cut_text(comment, kMaxComment)).field("enabled", true);
  json.field("showSubtechniques", technique.technique.size() == 5).end_object();
}

std::string text_member(simdjson::dom::element object, const char* name) {
  std::string_view text;
  return object[name].get(text) == simdjson::SUCCESS ? std::string(text) : std::string();
}

// The version is a text at the top in old layers, and "layer" of "versions" in new ones.
std::string layer_version(simdjson::dom::element root) {
  simdjson::dom::element versions;
  if (root["versions"].get(versions) == simdjson::SUCCESS && versions.is_object()) {
    return text_member(versions, "layer");
  }
  return text_member(root, "version");
}

int severity_of(Gap::Kind kind) {
  return static_cast<int>(kind);
}

}  // namespace

std::vector<TechniqueCoverage> attack_coverage(std::span<const RuleCoverage> rules,
                                               const std::map<std::string, std::uint64_t>& alerts_by_rule) {
  std::map<std::string, TechniqueCoverage> found;
  for (const RuleCoverage& rule : rules) {
    const auto alerts = alerts_by_rule.find(rule.id);
    const std::uint64_t fired = alerts == alerts_by_rule.end() ? 0 : alerts->second;
    if (!rule.active && fired == 0) continue;
    const std::set<std::string> techniques(rule.techniques.begin(), rule.techniques.end());
    for (const std::string& id : techniques) {
      if (!is_technique(id)) continue;
      TechniqueCoverage& technique = found[id];
      technique.technique = id;
      if (rule.active) technique.rules.push_back(rule.id);
      technique.alerts += fired;
      for (const std::string& tactic : rule.tactics) {
        const std::size_t place = tactic_place(tactic);
        if (place == kTacticNames.size()) continue;
        const std::string tag(kTacticNames[place].tag);
        auto& tactics = technique.tactics;
        if (std::find(tactics.begin(), tactics.end(), tag) == tactics.end()) tactics.push_back(tag);
      }
    }
  }
  std::vector<TechniqueCoverage> out;
  for (auto& [id, technique] : found) out.push_back(std::move(technique));
  return out;
}

std::string navigator_layer(std::span<const TechniqueCoverage> coverage, LayerOf what, std::string_view name,
                            std::string_view description) {
  double most = 1;
  for (const TechniqueCoverage& technique : coverage) most = std::max(most, score_of(technique, what));
  std::string out;
  JsonWriter json(out);
  json.begin_object().field("name", cut_text(plain_line(name), 200));
  json.key("versions").begin_object().field("attack", kAttackVersion).field("navigator", kNavigatorVersion);
  json.field("layer", "4.5").end_object();
  json.field("domain", "enterprise-attack")
      .field("description", cut_text(plain_line(description), kMaxComment));
  json.field("sorting", 3).field("hideDisabled", false);
  json.key("layout").begin_object().field("layout", "side").field("aggregateFunction", "max");
  json.field("showID", true).field("showName", true).field("showAggregateScores", true);
  json.field("countUnscored", false).field("expandedSubtechniques", "annotated").end_object();
  json.key("gradient").begin_object().key("colors").begin_array();
  for (const char* color : {"#ffffff", "#b7aeff", "#4330b5"}) json.string(color);
  json.end_array().field("minValue", 0).field("maxValue", most).end_object();
  json.key("techniques").begin_array();
  for (const TechniqueCoverage& technique : coverage) {
    if (score_of(technique, what) > 0) write_technique(json, technique, what);
  }
  json.end_array().key("legendItems").begin_array().begin_object();
  json.field("label", what == LayerOf::rules ? "more active rules" : "more alerts").field("color", "#4330b5");
  json.end_object().end_array().end_object();
  return out;
}

base::Result<NavigatorLayer> read_navigator_layer(std::string_view text) {
  if (text.size() > kMaxLayerBytes)
    return base::make_error(base::ErrorCode::limit, "a layer has at most 8 MiB");
  thread_local simdjson::dom::parser parser;
  simdjson::dom::element root;
  if (parser.parse(text.data(), text.size()).get(root) != simdjson::SUCCESS)
    return no_layer("it is not JSON");
  simdjson::dom::array list;
  // Several layers in one file stand in a list: the first.
  if (root.get(list) == simdjson::SUCCESS && list.size() > 0) root = list.at(0).value();
  if (!root.is_object()) return no_layer("it is not an object");
  NavigatorLayer layer;
  layer.name = cut_text(plain_line(text_member(root, "name")), 200);
  layer.domain = text_member(root, "domain");
  layer.version = layer_version(root);
  if (layer.version.empty() || !base::is_digit(layer.version[0]) || layer.version[0] < '2' ||
      layer.version[0] > '4') {
    return no_layer("its format is not of version 2 to 4");
  }
  // Old layers say mitre-enterprise.
  if (layer.domain != "enterprise-attack" && layer.domain != "mitre-enterprise") {
    return no_layer("only enterprise-attack is compared");
  }
  if (root["techniques"].get(list) != simdjson::SUCCESS) return no_layer("it has no techniques");
  std::map<std::string, NavigatorLayer::Technique> found;
  for (const simdjson::dom::element item : list) {
    if (!item.is_object()) return no_layer("a technique is not an object");
    NavigatorLayer::Technique technique;
    technique.id = text_member(item, "techniqueID");
    if (!is_technique(technique.id)) return no_layer("a techniqueID is none");
    bool enabled = true;
    if (item["enabled"].get(enabled) == simdjson::SUCCESS && !enabled) continue;
    double score = 0;
    if (item["score"].get(score) == simdjson::SUCCESS && std::isfinite(score)) technique.score = score;
    technique.comment = cut_text(plain_line(text_member(item, "comment")), kMaxComment);
    const auto [at, fresh] = found.emplace(technique.id, technique);
    if (!fresh && technique.score && (!at->second.score || *technique.score > *at->second.score)) {
      at->second = std::move(technique);
    }
    if (found.size() > kMaxTechniques)
      return base::make_error(base::ErrorCode::limit, "a layer has too many techniques");
  }
  for (auto& [id, technique] : found) layer.techniques.push_back(std::move(technique));
  return layer;
}

std::string_view gap_name(Gap::Kind kind) {
  switch (kind) {
    case Gap::Kind::none:
      return "covered";
    case Gap::Kind::silent:
      return "silent";
    case Gap::Kind::partial:
      return "partial";
    case Gap::Kind::missing:
      return "missing";
  }
  return "missing";
}

std::vector<Gap> compare_layer(const NavigatorLayer& layer, std::span<const TechniqueCoverage> coverage) {
  std::map<std::string, const TechniqueCoverage*, std::less<>> known;
  std::set<std::string, std::less<>> parents;  // of sub-techniques with rules
  for (const TechniqueCoverage& technique : coverage) {
    known[technique.technique] = &technique;
    if (technique.technique.size() > 5 && !technique.rules.empty())
      parents.insert(technique.technique.substr(0, 5));
  }
  std::vector<Gap> gaps;
  for (const NavigatorLayer::Technique& wanted : layer.techniques) {
    if (wanted.score && *wanted.score == 0) continue;
    Gap gap;
    gap.technique = wanted.id;
    gap.score = wanted.score;
    const auto found = known.find(wanted.id);
    if (found != known.end()) {
      gap.rules = found->second->rules.size();
      gap.alerts = found->second->alerts;
    }
    const auto parent = known.find(std::string_view(wanted.id).substr(0, 5));
    const bool near = wanted.id.size() == 5 ? parents.contains(wanted.id)
                                            : parent != known.end() && !parent->second->rules.empty();
    if (gap.rules > 0) {
      gap.kind = gap.alerts > 0 ? Gap::Kind::none : Gap::Kind::silent;
    } else {
      gap.kind = near ? Gap::Kind::partial : Gap::Kind::missing;
    }
    gaps.push_back(std::move(gap));
  }
  std::stable_sort(gaps.begin(), gaps.end(), [](const Gap& a, const Gap& b) {
    if (a.kind != b.kind) return severity_of(a.kind) > severity_of(b.kind);
    return a.score.value_or(0) > b.score.value_or(0);
  });
  return gaps;
}

}  // namespace vedette::cases
